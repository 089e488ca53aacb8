// @vitest-environment happy-dom
import { useSession, type RegisteredSnapshot } from "@lockstep/react";
import { act, useState, type ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { type ada, expectNoWarnings, grace, show, signedIn, WithSession } from "./page.js";

expectNoWarnings();

const nameOf = (snapshot: RegisteredSnapshot): string =>
  snapshot.status === "authenticated" ? (snapshot.user as typeof ada).name : "nobody";

interface Who {
  readonly name: string;
}
const sameName = (a: Who, b: Who): boolean => a.name === b.name;

describe("useSession(selector)", () => {
  it("renders again when what it picks has changed, and by nothing else", async () => {
    const { session, backend, clock } = await signedIn();
    let renders = 0;
    function Name(): ReactNode {
      renders += 1;
      return useSession((snapshot) => nameOf(snapshot));
    }
    const page = await show(
      <WithSession session={session}>
        <Name />
      </WithSession>,
    );
    expect([page.text(), renders]).toEqual(["Ada", 1]);
    backend.trouble = { code: "network" };
    await act(() => clock.advance(600_000));
    expect(session.getSnapshot()).toMatchObject({ problem: "network" });
    expect([page.text(), renders]).toEqual(["Ada", 1]);
    backend.trouble = null;
    await act(() => session.signIn(() => backend.logIn(grace)));
    expect([page.text(), renders]).toEqual(["Grace", 2]);
  });

  it("takes a new function in every render, and reads the component's newest props with it", async () => {
    const { session } = await signedIn();
    let renders = 0;
    function Greeting({ word }: { readonly word: string }): ReactNode {
      renders += 1;
      return useSession((snapshot) => `${word}, ${nameOf(snapshot)}`);
    }
    const page = await show(
      <WithSession session={session}>
        <Greeting word="Hello" />
      </WithSession>,
    );
    await page.show(
      <WithSession session={session}>
        <Greeting word="Good day" />
      </WithSession>,
    );
    expect([page.text(), renders]).toEqual(["Good day, Ada", 2]);
    await act(() => session.signOut());
    expect([page.text(), renders]).toEqual(["Good day, nobody", 3]);
  });

  it("may pick an object, made anew each time, with an isEqual of its own", async () => {
    const { session, backend, clock } = await signedIn();
    const seen: Who[] = [];
    let again: (count: number) => void = () => undefined;
    function Badge(): ReactNode {
      [, again] = useState(0);
      const who = useSession((snapshot): Who => ({ name: nameOf(snapshot) }), sameName);
      seen.push(who);
      return who.name;
    }
    await show(
      <WithSession session={session}>
        <Badge />
      </WithSession>,
    );
    await act(async () => again(1));
    expect(seen).toHaveLength(2);
    expect(seen[1]).toBe(seen[0]);
    backend.trouble = { code: "unavailable", status: 503 };
    await act(() => clock.advance(600_000));
    backend.trouble = null;
    await act(() => clock.advance(600_000));
    expect(seen).toHaveLength(2);
    await act(() => session.signIn(() => backend.logIn(grace)));
    expect(seen.map(({ name }) => name)).toEqual(["Ada", "Ada", "Grace"]);
  });

  it("may pick an object without one: rendered at each change, and not in a circle", async () => {
    const { session, backend } = await signedIn();
    let renders = 0;
    function Badge(): ReactNode {
      renders += 1;
      return useSession((snapshot) => ({ name: nameOf(snapshot) })).name;
    }
    await show(
      <WithSession session={session}>
        <Badge />
      </WithSession>,
    );
    expect(renders).toBe(1);
    await act(() => session.refresh());
    expect(renders).toBe(1);
    await act(() => session.signIn(() => backend.logIn(grace)));
    expect(renders).toBe(2);
  });
});
