"use client";
/** Where the client's part begins: the session, and what the server knows of it. */
import { SessionProvider, type RegisteredSnapshot } from "@lockstep/react";
import type { ReactNode } from "react";
import { App } from "./app.tsx";
import { session } from "./session.ts";

export function Root({ initialSnapshot }: { readonly initialSnapshot: RegisteredSnapshot }): ReactNode {
  return (
    <SessionProvider session={session} initialSnapshot={initialSnapshot}>
      <App />
    </SessionProvider>
  );
}
