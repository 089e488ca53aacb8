/** Two accounts. Passwords lie in memory as they were typed: yours keeps hashes of them, in a database. */
export type User = { readonly id: string; readonly name: string };

const users: readonly User[] = [
  { id: "ada", name: "Ada" },
  { id: "grace", name: "Grace" },
];

/** Printed on the page: these accounts are for trying out. */
const firstPassword = "demo";

export const shortestPassword = 8;
export const longestPassword = 128;

export interface Accounts {
  /** `null`: nobody has that name. */
  find(name: unknown): User | null;
  isPassword(userId: string, password: unknown): boolean;
  /** @returns whether it is one that may be. */
  changePassword(userId: string, password: unknown): boolean;
}

export function createAccounts(): Accounts {
  const passwords = new Map(users.map(({ id }) => [id, firstPassword]));
  return {
    find: (wanted) => users.find(({ id, name }) => wanted === name || wanted === id) ?? null,
    isPassword: (userId, password) => typeof password === "string" && passwords.get(userId) === password,
    changePassword(userId, password) {
      if (typeof password !== "string") return false;
      if (password.length < shortestPassword || password.length > longestPassword) return false;
      passwords.set(userId, password);
      return true;
    },
  };
}
