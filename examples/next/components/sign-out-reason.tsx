"use client";
/** Why somebody who was signed in is not any more. */
import type { EndReason } from "@lockstep/core";
import type { ReactNode } from "react";

/** Nothing to explain to those who have just signed out, or were never in. */
const sentences: Readonly<Record<EndReason, string | null>> = {
  "signed-out": null,
  "no-session": null,
  "signed-out-elsewhere": "You were signed out in another tab or on another device.",
  idle: "You were signed out because you were away for long.",
  expired: "Your session has ended. Please sign in again.",
  revoked: "You were signed out from another device.",
  "reuse-detected": "You were signed out to keep your account safe.",
};

export function SignOutReason({ reason }: { readonly reason: EndReason }): ReactNode {
  const sentence = sentences[reason];
  return sentence === null ? null : <p className="notice">{sentence}</p>;
}
