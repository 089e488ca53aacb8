/** The components of a page, and how often each of them was rendered. */

export const components = 200;

const zeros = (): number[] => Array.from({ length: components }, () => 0);

/** By the component itself, whenever its render function runs. */
export const renders = zeros();
/** By the framework: the commits of the page that React's profiler saw, and each component's `onUpdated` of Vue. */
export const commits: number[] = [];

export function count(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}

/** What a component shows of a session. */
export function textOf(status: "loading" | "in" | "out", name?: string | null): string {
  if (status === "loading") return "One moment …";
  return status === "in" ? `Signed in as ${name}` : "Signed out";
}

/** What a page of one library can do. */
export interface Application {
  mount(root: Element): void;
  /** Where the test cannot do it in the page's stead. */
  signIn?(): Promise<unknown>;
  signOut(): Promise<unknown>;
}
