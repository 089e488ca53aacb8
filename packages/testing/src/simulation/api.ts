/** The application's API in a world: it takes a token or refuses it, and may want a better authentication than the user gave. */
import type { Authority } from "../backend/authority.js";
import type { RequestLaws } from "./request-laws.js";
import type { SimulatedTab, Surroundings } from "./tab.js";
import type { WorldTime } from "./time.js";

export interface ApiOptions {
  readonly time: WorldTime;
  readonly authority: Authority;
  readonly laws: RequestLaws;
}

function refusal(challenge: string): Response {
  return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
}

/** `x-refuse`: it takes no token. `x-demand`: it takes one of that level only, for the request that `x-id` names. */
export function createApi({ time, authority, laws }: ApiOptions): Surroundings["fetch"] {
  return async (tab: SimulatedTab, { url, headers }: Request) => {
    const authorization = headers.get("authorization");
    const demand = headers.get("x-demand");
    const id = headers.get("x-id") ?? "";
    laws.requestSent(tab, new URL(url), authorization);
    if (demand !== null) laws.demandedSent(tab, id, demand, authorization);
    await new Promise<void>((resolve) => void time.inBrowser(50, () => tab.enter(resolve)));
    const facts = authority.read(authorization?.slice("Bearer ".length) ?? "");
    const isFine = facts !== null && facts.expiresAt > time.now() && !headers.has("x-refuse");
    if (isFine && demand !== null && facts.acr !== demand) {
      laws.challenged(id);
      return refusal(`Bearer error="insufficient_user_authentication", acr_values="${demand}"`);
    }
    if (isFine || authorization === null) return new Response("fine");
    return refusal('Bearer realm="api", error="invalid_token"');
  };
}
