/** L5, L8, L12: where a token goes, and what it must be worth. */
import { decodeMessage } from "@lockstep/core/internals";
import type { Authority } from "../backend/authority.js";
import type { Plan } from "./plan.js";
import { audienceOrigin, type SimulatedTab } from "./tab.js";

export interface RequestLaws {
  /** A message went to the other tabs. */
  posted(message: unknown): void;
  requestSent(tab: SimulatedTab, url: URL, authorization: string | null): void;
  /** A request that needs this level of authentication went out. */
  demandedSent(tab: SimulatedTab, id: string, acr: string, authorization: string | null): void;
  /** It was answered with a challenge. */
  challenged(id: string): void;
}

export interface RequestLawsOptions {
  readonly plan: Plan;
  readonly authority: Authority;
  readonly breach: (law: string, detail: string) => void;
  readonly assertClean: (text: string, where: string) => void;
}

export function createRequestLaws({ plan, authority, breach, assertClean }: RequestLawsOptions): RequestLaws {
  const challenged = new Set<string>();
  return {
    posted(message) {
      if (plan.shareToken) return;
      const read = decodeMessage(message);
      if (typeof read === "object" && read.kind === "token")
        breach("L5", "a token in a message, with shareToken off");
    },

    requestSent(tab, { origin, href }, authorization) {
      if (authorization !== null && origin !== audienceOrigin)
        breach("L8", `${tab.name} sends a token to ${href}`);
      assertClean(href, `the URL ${href}`);
    },

    demandedSent(tab, id, acr, authorization) {
      const level = authority.read(authorization?.slice("Bearer ".length) ?? "")?.acr ?? "nothing";
      if (challenged.has(id) && level !== acr)
        breach("L12", `${tab.name} sends a request again with ${level}, where ${acr} is needed`);
    },

    challenged: (id) => void challenged.add(id),
  };
}
