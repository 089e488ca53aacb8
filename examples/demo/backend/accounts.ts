/** The accounts of the demo, as they are at each start of its server. Yours keeps hashes of passwords, in a database. */

/** What the page may know of a user. */
export type DemoUser = { readonly id: string; readonly name: string };

const users: readonly DemoUser[] = [
  { id: "ada", name: "Ada" },
  { id: "grace", name: "Grace" },
];

/** A demo's password: printed on its page. */
const firstPassword = "demo";

export const shortestPassword = 8;
export const longestPassword = 128;

export interface Accounts {
  /** `null`: there is no such user. */
  find(id: unknown): DemoUser | null;
  isPassword(userId: string, password: unknown): boolean;
  /** @returns whether it is one that may be. */
  changePassword(userId: string, password: unknown): boolean;
}

export function createAccounts(): Accounts {
  const passwords = new Map(users.map(({ id }) => [id, firstPassword]));
  return {
    find: (wanted) => users.find(({ id }) => id === wanted) ?? null,
    isPassword: (userId, password) => typeof password === "string" && passwords.get(userId) === password,
    changePassword(userId, password) {
      if (typeof password !== "string") return false;
      if (password.length < shortestPassword || password.length > longestPassword) return false;
      passwords.set(userId, password);
      return true;
    },
  };
}
