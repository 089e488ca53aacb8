/** Server processes that are killed and a database that restarts, under tabs that live on short tokens. */
import { expect } from "@playwright/test";
import type { Device } from "./device.js";
import type { Service } from "./service.js";
import type { Span } from "./streams.js";
import { patient, pause, untilItWorks } from "./waiting.js";

export interface TroublePlan {
  readonly durationMs: number;
  /** When each first happens, and how often it happens again. */
  readonly kills: Rhythm;
  readonly restarts: Rhythm;
  readonly revocations: Rhythm;
}

interface Rhythm {
  readonly firstMs: number;
  readonly everyMs: number;
}

/** A session that an administrator ended meanwhile. */
export interface RevokedSession {
  readonly browser: string;
  /** From the administrator's first try until the last tab was signed out. */
  readonly ms: number;
  /** The same, counted from when all processes and the database were up. */
  readonly sinceUpMs: number;
  /** What the processes said of its access token before it ran out; 401 is right. */
  readonly verified: readonly number[];
  /** What became of its refresh token; 401 is right. */
  readonly refreshed: number;
}

export interface TroubleFigures {
  readonly kills: number;
  readonly restarts: number;
  readonly revoked: readonly RevokedSession[];
  readonly refreshes: number;
  readonly reuses: number;
  /** What became of the requests of the tabs: how many of which status. */
  readonly requests: Readonly<Record<string, number>>;
  /** Tabs that were signed out more often, or less, than their session was revoked. */
  readonly wrongSignOuts: readonly string[];
  readonly crashes: readonly string[];
}

declare global {
  interface Window {
    answers: Record<string, number>;
  }
}

/** Between the end of something and its return. */
const downMs = 2_000;

/** Asks the API once a second, as long as the page is there. */
function live(): void {
  window.answers = {};
  const ask = async (): Promise<void> => {
    const answer = await window.session.fetch("/api/me").then(
      ({ status }) => String(status),
      (error: unknown) => (error as { readonly code?: string }).code ?? "no answer",
    );
    window.answers[answer] = (window.answers[answer] ?? 0) + 1;
    setTimeout(() => void ask(), 1_000);
  };
  void ask();
}

/** Sends the request to one process. @returns its status, once the service is able to tell. */
async function statusOf(address: string, path: string, init: RequestInit): Promise<number> {
  return untilItWorks(async () => {
    const { status } = await fetch(`${address}${path}`, init);
    if (status >= 500) throw new Error(`${path} is answered by ${status}.`);
    return status;
  });
}

const expiryOf = (token: string): number =>
  (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp: number }).exp * 1_000;

async function revoke(service: Service, device: Device, outages: readonly Span[]): Promise<RevokedSession> {
  const { context, tabs, user, name } = device;
  const token = await untilItWorks(async () =>
    tabs[0]!.eval(async () => window.session.getAccessToken({ minValidity: 3_000 })),
  );
  const cookies = await context.cookies(service.origin);
  const before = (await device.signOuts()).map(({ length }) => length);
  const anyProcess = (): string => service.processes()[0]!.address;
  const askedAt = Date.now();
  await untilItWorks(async () =>
    expect((await fetch(`${anyProcess()}/desk/revoke?user=${user}`)).status).toBe(200),
  );
  const verified: number[] = [];
  for (const { address } of service.processes()) {
    const status = await statusOf(address, "/api/strict", { headers: { authorization: `Bearer ${token}` } })
      // It was killed a moment ago.
      .catch(() => null);
    // Afterwards it proves nothing.
    if (status !== null && Date.now() < expiryOf(token)) verified.push(status);
  }
  const newOuts = async () => (await device.signOuts()).map((outs, tab) => outs.slice(before[tab]));
  await expect
    .poll(async () => (await newOuts()).every(({ length }) => length > 0), { ...patient, message: name })
    .toBe(true);
  const signedOutAt = Math.max(...(await newOuts()).flat().map(({ at }) => at));
  const upAt = Math.max(
    askedAt,
    ...outages
      .filter(({ from, to }) => from < signedOutAt && to > askedAt)
      .map(({ to }) => Math.min(to, signedOutAt)),
  );
  const refreshed = await untilItWorks(async () =>
    statusOf(anyProcess(), "/session/refresh", {
      method: "POST",
      headers: {
        origin: service.origin,
        "sec-fetch-site": "same-origin",
        "lockstep-protocol": "1",
        "content-type": "application/json",
        cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
      },
      body: JSON.stringify({ attempt: "who-kept-the-cookie" }),
    }),
  );
  return {
    browser: name,
    ms: signedOutAt - askedAt,
    sinceUpMs: signedOutAt - upAt,
    verified,
    refreshed,
  };
}

export async function makeTrouble(
  service: Service,
  devices: readonly Device[],
  plan: TroublePlan,
): Promise<TroubleFigures> {
  const from = Date.now();
  const outages: { from: number; to: number }[] = [];
  const revoked: RevokedSession[] = [];
  const done = { kills: 0, restarts: 0 };
  const eventsBefore = service.events.length;
  const tabs = devices.flatMap((device) => device.tabs);
  await Promise.all(tabs.map(async (tab) => tab.eval(live)));

  async function every({ firstMs, everyMs }: Rhythm, happen: () => Promise<void>): Promise<void> {
    for (let at = firstMs; at < plan.durationMs; at += everyMs) {
      await pause(from + at - Date.now());
      await happen();
    }
  }
  async function during(outage: () => Promise<void>): Promise<void> {
    const span = { from: Date.now(), to: Number.POSITIVE_INFINITY };
    outages.push(span);
    await outage();
    span.to = Date.now();
  }
  const killOne = async (): Promise<void> =>
    during(async () => {
      const all = service.processes();
      service.kill(all[done.kills % all.length]!);
      done.kills += 1;
      await pause(downMs);
      await untilItWorks(service.add);
    });
  const restart = async (): Promise<void> =>
    during(async () => {
      // In good order, and in none.
      if (done.restarts % 2 === 1) {
        await service.database.kill();
        await pause(downMs);
      }
      await service.database.restart();
      done.restarts += 1;
    });
  const revokeOne = async (): Promise<void> => {
    const device = devices[revoked.length % devices.length]!;
    revoked.push(await revoke(service, device, outages));
    await untilItWorks(device.signIn);
  };

  await Promise.all([
    every(plan.kills, killOne),
    every(plan.restarts, restart),
    every(plan.revocations, revokeOne),
    pause(plan.durationMs),
  ]);
  for (const device of devices) await device.settle();

  const wrongSignOuts: string[] = [];
  for (const { name, signOuts } of devices) {
    const expected = revoked.filter(({ browser }) => browser === name).length;
    for (const [tab, outs] of (await signOuts()).entries())
      if (outs.length !== expected)
        wrongSignOuts.push(`tab ${tab} of ${name}: revoked ${expected} times, ${JSON.stringify(outs)}`);
  }
  const requests: Record<string, number> = {};
  for (const answers of await Promise.all(tabs.map(async (tab) => tab.eval(() => window.answers))))
    for (const [answer, count] of Object.entries(answers)) requests[answer] = (requests[answer] ?? 0) + count;
  const eventsOf = (type: string): number =>
    service.events.slice(eventsBefore).filter((event) => event.type === type).length;
  return {
    ...done,
    revoked,
    refreshes: eventsOf("session-refreshed"),
    reuses: eventsOf("reuse-detected"),
    requests,
    wrongSignOuts,
    crashes: service.crashes,
  };
}

/** A revoked session's tabs know within so long after all is up again: a back-off of the client may have to end. */
const mostSinceUpMs = 10_000;

/** Nobody was signed out who need not be, and nobody stayed who must not. */
export function expectUnharmed(figures: TroubleFigures): void {
  expect(figures.crashes, "no process ends by itself").toEqual([]);
  expect(figures.wrongSignOuts, "who was not revoked is signed in, and who was, was signed out once").toEqual(
    [],
  );
  expect(figures.reuses, "no honest browser looks like a thief").toBe(0);
  expect(figures.refreshes, "tabs live on short tokens").toBeGreaterThan(0);
  const verdicts = figures.revoked.flatMap(({ verified }) => verified).length;
  // One whose token ran out while nobody could tell proves nothing.
  expect(verdicts, "access tokens were judged before they ran out").toBeGreaterThan(0);
  for (const { browser, sinceUpMs, verified, refreshed } of figures.revoked) {
    expect(sinceUpMs, browser).toBeLessThan(mostSinceUpMs);
    expect(
      verified.filter((status) => status !== 401),
      "the access token is refused",
    ).toEqual([]);
    expect(refreshed, "the refresh token is refused").toBe(401);
  }
}
