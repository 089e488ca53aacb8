// @vitest-environment happy-dom
import type { Session } from "@lockstep/core";
import { RouterProvider } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { describe } from "vitest";
import { itRoutes } from "../describe-router.js";
import { createAppRouter } from "./tanstack-router.js";

function App({ session }: { readonly session: Session }): ReactNode {
  const [router] = useState(() => createAppRouter(session));
  return <RouterProvider router={router} />;
}

describe("with TanStack Router, the application", () => {
  itRoutes(App);
});
