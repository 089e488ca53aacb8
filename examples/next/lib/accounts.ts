/** Who can sign in. */
import type { User } from "../components/session.ts";

const users: readonly User[] = [
  { id: "ada", name: "Ada" },
  { id: "grace", name: "Grace" },
];

/** Printed on the page: these accounts are for trying out. */
const password = "demo";

/** The user whose name and password these are, if any. */
export function findUser(form: FormData): User | undefined {
  if (form.get("password") !== password) return undefined;
  return users.find(({ id, name }) => form.get("name") === name || form.get("name") === id);
}
