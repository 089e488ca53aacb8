/** Who can end sessions, and how long it takes until the tabs know. */
import { expect } from "@playwright/test";
import type { Device } from "./device.js";
import type { Service } from "./service.js";
import { patient } from "./waiting.js";

/** One of the ways to end sessions. */
export interface Revocation {
  readonly title: string;
  /** Whether the first browser is signed out too, and not only the second. */
  readonly endsBoth: boolean;
  readonly decide: (service: Service, first: Device, round: number) => Promise<void>;
}

export const revocations: readonly Revocation[] = [
  {
    title: "sessions.revoke of the other browser",
    endsBoth: false,
    decide: async (_, { tabs }) =>
      tabs[0]!.eval(async () => {
        const { sessions } = window.session;
        for (const { id, current } of await sessions.list()) if (!current) await sessions.revoke(id);
      }),
  },
  {
    title: "signOut of the others",
    endsBoth: false,
    decide: async (_, { tabs }) =>
      tabs[0]!.eval(async () => void (await window.session.signOut({ scope: "others" }))),
  },
  {
    title: "an administrator, in one process",
    endsBoth: true,
    decide: async (service, { user }, round) => {
      const { address } = service.processes()[round % 2]!;
      expect((await fetch(`${address}/desk/revoke?user=${user}`)).status).toBe(200);
    },
  },
];

/** How long after the server's decision the last tab was signed out, and how many tabs that were. */
export interface Delay {
  readonly ms: number;
  /** The same of the tabs in front: browsers fire the timers of the others once a second. */
  readonly seenMs: number;
  readonly tabs: number;
}

/** Ends sessions in one way, waits for all tabs that this concerns, and signs in again. */
export async function revokeOnce(
  service: Service,
  [first, second]: readonly [Device, Device],
  { decide, endsBoth }: Revocation,
  round: number,
): Promise<Delay> {
  const concerned = endsBoth ? [first, second] : [second];
  const eventsBefore = service.events.length;
  const outsBefore = (await Promise.all([first, second].map(async (one) => one.signOuts()))).map((ofTabs) =>
    ofTabs.map(({ length }) => length),
  );
  /** Of each tab of a browser, those since then. */
  const newOuts = async (device: Device) => {
    const before = outsBefore[device === first ? 0 : 1]!;
    return (await device.signOuts()).map((outs, tab) => outs.slice(before[tab]));
  };
  await decide(service, first, round);
  for (const device of concerned)
    await expect
      .poll(async () => (await newOuts(device)).map(({ length }) => length), {
        ...patient,
        message: device.name,
      })
      .toEqual(device.tabs.map(() => 1));
  const outs = (await Promise.all(concerned.map(newOuts))).flat(2);
  expect(new Set(outs.map(({ reason }) => reason)).size, "all tabs are told the same").toBe(1);
  if (!endsBoth) expect((await newOuts(first)).flat(), "who revoked stays signed in").toEqual([]);
  const ended = service.events.slice(eventsBefore).filter(({ type }) => type === "session-ended");
  expect(ended).toHaveLength(concerned.length);
  const decidedAt = Math.min(...ended.map(({ at }) => at));
  for (const device of concerned) await device.signIn();
  const lastOf = (some: typeof outs): number => Math.max(...some.map(({ at }) => at)) - decidedAt;
  return { ms: lastOf(outs), seenMs: lastOf(outs.filter(({ isSeen }) => isSeen)), tabs: outs.length };
}
