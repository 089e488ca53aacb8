// @vitest-environment happy-dom
import type { Session } from "@lockstep/core";
import { useState, type ReactNode } from "react";
import { RouterProvider } from "react-router";
import { describe } from "vitest";
import { itRoutes } from "../describe-router.js";
import { createAppRouter } from "./react-router.js";

function App({ session }: { readonly session: Session }): ReactNode {
  const [router] = useState(() => createAppRouter(session));
  return <RouterProvider router={router} />;
}

describe("with React Router, the application", () => {
  itRoutes(App);
});
