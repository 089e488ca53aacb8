/** The libraries that are compared, each as people use it. */

export interface Library {
  /** Names its page. */
  readonly id: string;
  readonly framework: "React" | "Vue";
  /** Of the package, as it is installed. */
  readonly package: "@lockstep/react" | "@lockstep/vue" | "next-auth" | "better-auth";
  /** In the table. */
  readonly title: string;
  /** Whether time alone makes it ask the server, in one tab for all or in each. */
  readonly asks: "never" | "in one tab" | "in every tab";
}

const lockstep = { asks: "in one tab" } as const;
const quiet = { asks: "never" } as const;
const polling = { asks: "in every tab" } as const;

const react: readonly Omit<Library, "framework">[] = [
  { id: "react-lockstep", package: "@lockstep/react", title: "`useSession()`", ...lockstep },
  { id: "react-lockstep-selector", package: "@lockstep/react", title: "`useSession(selector)`", ...lockstep },
  { id: "react-next-auth", package: "next-auth", title: "as it comes", ...quiet },
  { id: "react-next-auth-polling", package: "next-auth", title: "`refetchInterval={240}`", ...polling },
  { id: "react-better-auth", package: "better-auth", title: "as it comes", ...quiet },
  { id: "react-better-auth-polling", package: "better-auth", title: "`refetchInterval: 240`", ...polling },
];

const vue: readonly Omit<Library, "framework">[] = [
  { id: "vue-lockstep", package: "@lockstep/vue", title: "shows `snapshot`", ...lockstep },
  { id: "vue-lockstep-refs", package: "@lockstep/vue", title: "shows `status` and `user`", ...lockstep },
  { id: "vue-better-auth", package: "better-auth", title: "as it comes", ...quiet },
  { id: "vue-better-auth-polling", package: "better-auth", title: "`refetchInterval: 240`", ...polling },
];

export const libraries: readonly Library[] = [
  ...react.map((library) => ({ framework: "React" as const, ...library })),
  ...vue.map((library) => ({ framework: "Vue" as const, ...library })),
];
