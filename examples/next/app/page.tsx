/** A server component: it looks who is signed in, so that the HTML shows the right page already. */
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Root } from "../components/root.tsx";
import type { User } from "../components/session.ts";
import { sessionServer } from "../lib/session-server.ts";

export default async function Page(): Promise<ReactNode> {
  const request = { headers: await headers() };
  const sessions = await sessionServer();
  // Reads only: a page that is rendered uses no refresh token up.
  return <Root initialSnapshot={await sessions.snapshot<User>(request)} />;
}
