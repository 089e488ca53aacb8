/** The application of the examples as its user sees it: by labels, roles and words. */
import { expect, type Locator, type Page } from "@playwright/test";

/** What the backend has for either account to begin with. */
export const firstNote = {
  Ada: "The engine weaves algebraic patterns.",
  Grace: "A ship in port is safe; that is not what ships are for.",
} as const;

export type UserName = keyof typeof firstNote;

export interface Application {
  readonly page: Page;
  readonly newNote: Locator;
  readonly notes: Locator;
  /** Fills in the form and sends it. */
  signIn(name: UserName, password?: string): Promise<void>;
  press(button: string): Promise<void>;
  add(text: string): Promise<void>;
  expectSignedOut(): Promise<void>;
  /** The name, and the notes. */
  expectSignedInAs(name: UserName): Promise<void>;
}

export function applicationIn(page: Page): Application {
  const button = (name: string): Locator => page.getByRole("button", { name, exact: true });
  const newNote = page.getByLabel("New note", { exact: true });
  const notes = page.getByRole("list", { name: "Notes" }).getByRole("listitem");
  const heading = page.getByRole("heading", { name: "Sign in", exact: true });
  return {
    page,
    newNote,
    notes,
    async signIn(name, password = "demo") {
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByLabel("Password", { exact: true }).fill(password);
      await button("Sign in").click();
    },
    press: (name) => button(name).click(),
    async add(text) {
      await newNote.fill(text);
      await button("Add").click();
      await expect(notes.filter({ hasText: text })).toBeVisible();
    },
    async expectSignedOut() {
      await expect(heading).toBeVisible();
      await expect(page.getByText("Signed in as")).toBeHidden();
      await expect(button("Sign out")).toBeHidden();
      await expect(notes).toHaveCount(0);
    },
    async expectSignedInAs(name) {
      await expect(page.getByText(`Signed in as ${name}`)).toBeVisible();
      await expect(heading).toBeHidden();
      await expect(button("Sign out")).toBeVisible();
      await expect(notes.filter({ hasText: firstNote[name] })).toBeVisible();
    },
  };
}
