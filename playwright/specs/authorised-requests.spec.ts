/** L1, L10: requests that are refused share one refresh, and each is replayed once. */
import type * as KyEntry from "@lockstep/core/ky";
import { expect, test } from "../support/fixtures.js";
import { together, type Tab } from "../support/tabs.js";

/** A young token that is refused is not refreshed again: some of its life must be over. */
function growOlder({ stepClock }: Tab): Promise<void> {
  return stepClock(25_000);
}

const steppable = { clockOffsetMs: 0 } as const;

for (const count of [1, 5]) {
  test(`L1, scenario 10: 200 calls from ${count} tab${count > 1 ? "s" : ""} with a refused token: one refresh, one replay each`, async ({
    world,
  }) => {
    const { backend, openSignedIn, openTabs } = await world();
    const first = await openSignedIn("ann", steppable);
    const tabs = [first, ...(await openTabs(count - 1, steppable))];
    for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
    for (const tab of tabs) await growOlder(tab);
    backend.refuseTokens();
    const before = backend.refreshes().length;
    await Promise.all(
      tabs.map((tab) => tab.eval((calls) => void Object.assign(window, { calls }), 200 / count)),
    );
    const results = await together(tabs, async () => {
      const { calls } = window as unknown as { calls: number };
      const send = async (index: number): Promise<string> => {
        const response = await window.session.fetch("/api/echo", { method: "POST", body: `body ${index}` });
        const { user, body } = (await response.json()) as { user: string; body: string };
        return `${response.status} ${user} ${body === `body ${index}`}`;
      };
      return Promise.all(Array.from({ length: calls }, (_, index) => send(index)));
    });
    expect(results.flat()).toEqual(Array.from({ length: 200 }, () => "200 ann true"));
    expect(backend.refreshes()).toHaveLength(before + 1);
    const statuses = backend.to("/api/echo").map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(200);
    expect(statuses.filter((status) => status === 200)).toHaveLength(200);
  });
}

test("L1, scenario 10: a body of any kind is replayed whole", async ({ world }) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann", steppable);
  await growOlder(tab);
  backend.refuseTokens();
  const results = await tab.eval(async () => {
    const form = new FormData();
    form.set("field", "form data");
    form.set("file", new Blob(["of a file"]), "file.txt");
    const text = "text with ünïcode";
    const bodies: Record<string, RequestInit> = {
      string: { method: "POST", body: text },
      ArrayBuffer: { method: "PUT", body: new TextEncoder().encode("an array buffer").buffer },
      "typed array": { method: "PATCH", body: new TextEncoder().encode("a typed array") },
      Blob: { method: "POST", body: new Blob(["a blob"], { type: "text/plain" }) },
      FormData: { method: "POST", body: form },
      URLSearchParams: { method: "POST", body: new URLSearchParams({ a: "1", b: "two words" }) },
      none: { method: "DELETE" },
    };
    const send = async (input: RequestInfo, init?: RequestInit): Promise<string> => {
      const response = await window.session.fetch(input, init);
      const { method, body } = (await response.json()) as { method: string; body: string };
      return `${response.status} ${method} ${body}`;
    };
    const sent = Object.entries(bodies).map(async ([name, init]) => [name, await send("/api/echo", init)]);
    sent.push(
      send(new Request("/api/echo", { method: "POST", body: text })).then((answer) => ["Request", answer]),
    );
    return Object.fromEntries((await Promise.all(sent)) as [string, string][]) as Record<string, string>;
  });
  expect(results).toMatchObject({
    string: "200 POST text with ünïcode",
    ArrayBuffer: "200 PUT an array buffer",
    "typed array": "200 PATCH a typed array",
    Blob: "200 POST a blob",
    URLSearchParams: "200 POST a=1&b=two+words",
    none: "200 DELETE ",
    Request: "200 POST text with ünïcode",
  });
  expect(results["FormData"]).toMatch(/^200 POST [^]*form data[^]*of a file/);
  expect(backend.refreshes()).toHaveLength(1);
});

test(
  "L1, scenario 10: a stream is sent once; what becomes of it is the caller's",
  { tag: "@streaming" },
  async ({ world }) => {
    const { openSignedIn } = await world();
    const tab = await openSignedIn("ann", steppable);
    // Chromium streams request bodies over HTTP/2 only.
    const streamed = await tab.eval(async () => {
      const body = new Blob(["a stream"]).stream();
      const init = { method: "POST", body, duplex: "half" } as RequestInit;
      return window.outcome(window.session.fetch("/api/echo", init));
    });
    expect(streamed.ok).toBe(false);
    expect(streamed.name).toBe("TypeError");
  },
);

test("L10, scenario 11: an API that always answers 401 costs one refresh at most, and its 401 is returned", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann", steppable);
  await growOlder(tab);
  const statuses = await tab.eval(async () => {
    const statuses: number[] = [];
    for (let call = 0; call < 20; call += 1) {
      const response = await window.session.fetch("/api/never");
      const { error } = (await response.json()) as { error: string };
      if (error === "invalid_token") statuses.push(response.status);
    }
    return statuses;
  });
  expect(statuses).toEqual(Array.from({ length: 20 }, () => 401));
  expect(backend.refreshes()).toHaveLength(1);
  expect(backend.to("/api/never"), "the first was replayed, the others were not").toHaveLength(21);
});

test("L1: with replayUnsafe off a refused POST comes back as it is, a refused GET is replayed", async ({
  world,
}) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann", { ...steppable, session: { replayUnsafe: false } });
  await growOlder(tab);
  backend.refuseTokens();
  const statuses = await tab.eval(async () => {
    const post = await window.session.fetch("/api/echo", { method: "POST", body: "x" });
    const get = await window.session.fetch("/api/echo");
    return [post.status, get.status];
  });
  expect(statuses).toEqual([401, 200]);
});

test("L1: a ky instance meets a 401 with one refresh and one replay", async ({ world }) => {
  const { backend, openSignedIn } = await world();
  const tab = await openSignedIn("ann", steppable);
  await growOlder(tab);
  backend.refuseTokens();
  const answers = await tab.eval(async () => {
    const path = "/ky.js";
    const { createKy } = (await import(path)) as typeof KyEntry;
    const api = createKy(window.session);
    const echo = await api.post("/api/echo", { json: { hello: "ky" } }).json();
    const refused = await window.outcome(api.get("/api/never").json());
    return { echo, refused };
  });
  expect(answers.echo).toMatchObject({ user: "ann", method: "POST", body: '{"hello":"ky"}' });
  expect(answers.refused).toMatchObject({ ok: false, name: "HTTPError" });
  expect(backend.to("/api/echo").map(({ status }) => status)).toEqual([401, 200]);
  expect(backend.to("/api/never"), "ky itself does not repeat a 401").toHaveLength(1);
  expect(backend.refreshes()).toHaveLength(1);
});
