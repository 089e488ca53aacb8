import { setTimeout as after } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GrantBody } from "../../src/index.js";
import { startCluster, type Cluster, type ClusterOptions } from "./cluster.js";
import { createVisitor, headOf, open, type Reply, type Visitor } from "./visitor.js";

/** What a browser sends that has the proxy's address in its address bar. */
const createMember = async (
  address: string,
): Promise<{ readonly visitor: Visitor; readonly grant: GrantBody }> => {
  const visitor = createVisitor(address, address);
  const signedIn = await visitor.send("/sign-in", { body: { name: "ada", password: "demo" } });
  return { visitor, grant: JSON.parse(signedIn.text) as GrantBody };
};

const refresh = ({ send }: Visitor, attempt: string): Promise<Reply> =>
  send("/session/refresh", { body: { attempt } });

async function openEvents(address: string, grant: GrantBody) {
  const answer = await headOf(
    open(address, "/session/events", "GET", { authorization: `Bearer ${grant.access_token}` }).end(),
  );
  let heard = "";
  answer.on("data", (chunk) => (heard += String(chunk)));
  // A server that dies breaks it off.
  answer.on("error", () => undefined);
  const closed = new Promise<boolean>((resolve) => void answer.once("close", () => resolve(answer.complete)));
  return {
    status: answer.statusCode,
    servedBy: Number(answer.headers["x-served-by"]),
    heard: () => heard,
    closed,
  };
}

/** What two server processes behind a round-robin proxy promise together, whatever store they share. */
export function describeCluster(store: string, prepare: () => Promise<ClusterOptions>): void {
  describe(`two server processes on ${store}, behind a round-robin proxy`, () => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await startCluster(await prepare());
    });
    afterAll(async () => cluster.stop());

    test("R-080: answer twenty refreshes in turn, and none of them is reuse", async () => {
      const { visitor, grant } = await createMember(cluster.address);
      const servedBy: unknown[] = [];
      for (let count = 0; count < 20; count += 1) {
        const answer = await refresh(visitor, `turn-${count}`);
        expect(answer.status).toBe(200);
        servedBy.push(answer.headers["x-served-by"]);
      }
      const [one, two] = servedBy;
      expect(new Set(servedBy)).toEqual(new Set(cluster.started().map(String)));
      expect(servedBy).toEqual(servedBy.map((_, index) => (index % 2 === 0 ? one : two)));
      const last = await refresh(visitor, "last");
      expect((JSON.parse(last.text) as GrantBody).session.version).toBe(grant.session.version + 21);
    });

    test("take each other's access tokens", async () => {
      const { visitor, grant } = await createMember(cluster.address);
      const headers = { authorization: `Bearer ${grant.access_token}` };
      for (const _ of cluster.started()) {
        const mine = await visitor.send("/api/me", { method: "GET", headers });
        expect([mine.status, mine.text]).toEqual([200, '{"userId":"ada"}']);
      }
    });

    test("H6: tell every browser of a sign-out within a second, whichever process has its stream", async () => {
      const { visitor } = await createMember(cluster.address);
      const grants = [
        (await createMember(cluster.address)).grant,
        (await createMember(cluster.address)).grant,
      ];
      const streams = [];
      // Two to each process.
      for (const grant of [...grants, ...grants]) streams.push(await openEvents(cluster.address, grant));
      const processes = new Set(streams.map(({ servedBy }) => servedBy));
      expect([processes.size, streams.map(({ status }) => status)]).toEqual([2, [200, 200, 200, 200]]);
      const at = performance.now();
      expect((await visitor.send("/session/sign-out", { body: { scope: "all" } })).status).toBe(204);
      expect(await Promise.all(streams.map(({ closed }) => closed))).toEqual([true, true, true, true]);
      expect(performance.now() - at).toBeLessThan(1500);
      for (const { heard } of streams) expect(heard()).toContain("event: ended");
    });

    test("D9: lose one to kill -9, and nobody is signed out", async () => {
      const [victim = 0] = cluster.started();
      const { grant } = await createMember(cluster.address);
      const streams = [await openEvents(cluster.address, grant), await openEvents(cluster.address, grant)];
      const members = await Promise.all(Array.from({ length: 6 }, () => createMember(cluster.address)));
      let answered = 0;
      const live = async (visitor: Visitor): Promise<void> => {
        for (let count = 0; count < 20; count += 1) {
          // As a browser does: what was not answered is asked for again, as the same attempt.
          let answer = await refresh(visitor, `attempt-${count}`);
          while (answer.status === 502 || answer.status === 503) {
            await after(10);
            answer = await refresh(visitor, `attempt-${count}`);
          }
          expect([count, answer.status]).toEqual([count, 200]);
          if ((answered += 1) === 30) process.kill(victim, "SIGKILL");
        }
      };
      await Promise.all(members.map(async ({ visitor }) => live(visitor)));
      for (const { servedBy, closed } of streams) if (servedBy === victim) expect(await closed).toBe(false);
      await expect.poll(() => cluster.started().length, { timeout: 20_000 }).toBe(3);
      expect(cluster.said()).not.toMatch(/reuse/);
      const next = cluster.started().at(-1);
      const { visitor } = await createMember(cluster.address);
      const answers = [await refresh(visitor, "x"), await refresh(visitor, "y"), await refresh(visitor, "z")];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(answers.map(({ headers }) => headers["x-served-by"])).toContain(String(next));
    });

    test("told to stop, end their streams, and are gone", async () => {
      const { grant } = await createMember(cluster.address);
      const streams = [await openEvents(cluster.address, grant), await openEvents(cluster.address, grant)];
      const stopped = cluster.stop();
      expect(await Promise.all(streams.map(({ closed }) => closed))).toEqual([true, true]);
      await stopped;
      expect(await cluster.exited).toBe(0);
    });
  });
}
