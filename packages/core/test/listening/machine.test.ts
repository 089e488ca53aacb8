import { describe, expect, it } from "vitest";
import {
  initialListening,
  listen,
  listeningPolicy,
  type Closing,
  type Listening,
  type ListeningEffect,
  type ListeningEvent,
} from "../../src/listening/machine.js";

const { silenceLimitMs, provenMs, pauseMs, longestPauseMs, longestRetryAfterMs, lingerMs } = listeningPolicy;

const quiet: readonly ListeningEffect[] = [
  { type: "close" },
  { type: "cancel-timer", name: "listening-silence" },
  { type: "cancel-timer", name: "listening-pause" },
];
const silence: ListeningEffect = {
  type: "arm-timer",
  name: "listening-silence",
  delayMs: silenceLimitMs,
};
const opening: readonly ListeningEffect[] = [...quiet, { type: "open" }, silence];
const leaving: readonly ListeningEffect[] = [...quiet, { type: "leave-queue" }];
const pausing = (delayMs: number): readonly ListeningEffect[] => [
  ...quiet,
  { type: "arm-timer", name: "listening-pause", delayMs },
];

/** What the machine of one tab says to its events. The die shows a half. */
class Listener {
  state: Listening = initialListening;
  effects: readonly ListeningEffect[] = [];
  at = 1_000;

  send(event: ListeningEvent): this {
    [this.state, this.effects] = listen(this.state, event, { at: this.at, roll: 0.5 });
    return this;
  }

  wait(ms: number): this {
    this.at += ms;
    return this;
  }

  look(sessionId: string | null, revision = 3, isOver = false): this {
    return this.send({ type: "looked", sessionId, isOver, revision });
  }

  /** The tab is not seen any more; the session lives. */
  hide(): this {
    return this.look(null);
  }

  /** There is no session any more. */
  end(): this {
    return this.look(null, -1, true);
  }

  close(kind: Closing["kind"] = "failed"): this {
    return this.send({ type: "closed", closing: { kind } });
  }

  refuse(retryAfterMs: number): this {
    return this.send({ type: "closed", closing: { kind: "failed", retryAfterMs } });
  }

  fire(name: "listening-silence" | "listening-pause"): this {
    return this.send({ type: "timer-fired", name });
  }
}

const queued = (revision?: number): Listener => new Listener().look("S1", revision);
const asked = (revision?: number): Listener => queued(revision).send({ type: "lock-granted" });
const open = (): Listener => asked().send({ type: "opened" });

/** A tab in each phase there is. */
const phases: Readonly<Record<Listening["phase"], () => Listener>> = {
  off: () => new Listener(),
  queued: () => queued(),
  opening: () => asked(),
  open,
  pausing: () => asked().close(),
  asking: () => asked().close("unauthenticated"),
  "given-up": () => asked().close("unsupported"),
  resigned: () => asked().close("unsupported").hide(),
  lingering: () => open().end(),
  barred: () => queued().send({ type: "lock-refused" }),
};

it.each(Object.entries(phases))("a tab can be %s", (phase, make) => {
  expect(make().state.phase).toBe(phase);
});

describe("nothing comes of", () => {
  const concerned: readonly [string, ListeningEvent, readonly Listening["phase"][]][] = [
    ["a lock", { type: "lock-granted" }, ["queued"]],
    ["an opened stream", { type: "opened" }, ["opening"]],
    ["a word", { type: "heard" }, ["open"]],
    ["a broken stream", { type: "closed", closing: { kind: "failed" } }, ["opening", "open"]],
    ["a 401", { type: "closed", closing: { kind: "unauthenticated" } }, ["opening", "open"]],
    ["a 404", { type: "closed", closing: { kind: "unsupported" } }, ["opening", "open"]],
    ["silence", { type: "timer-fired", name: "listening-silence" }, ["opening", "open"]],
    ["the end of a pause", { type: "timer-fired", name: "listening-pause" }, ["pausing", "lingering"]],
    ["a connection that is back", { type: "online" }, ["pausing"]],
    [
      "a stolen lock",
      { type: "lock-stolen" },
      ["opening", "open", "pausing", "asking", "given-up", "lingering"],
    ],
    [
      "the end of the session",
      { type: "looked", sessionId: null, isOver: true, revision: -1 },
      ["queued", "opening", "open", "pausing", "asking", "given-up"],
    ],
    [
      "being hidden",
      { type: "looked", sessionId: null, isOver: false, revision: 3 },
      ["queued", "opening", "open", "pausing", "asking", "given-up", "lingering"],
    ],
    ["what is known", { type: "looked", sessionId: "S1", isOver: false, revision: 3 }, ["off", "lingering"]],
  ];
  const idle = concerned.flatMap(([what, event, where]) =>
    Object.entries(phases)
      .filter(([phase]) => !where.some((each) => each === phase))
      .map(([phase, make]) => [what, phase, event, make] as const),
  );

  it.each(idle)("%s in a tab that is %s", (_what, _phase, event, make) => {
    const tab = make();
    const { state } = tab;
    tab.send(event);
    expect(tab.state).toEqual(state);
    expect(tab.effects).toEqual([]);
  });
});

describe("R-141: one tab listens", () => {
  it("the one that is given the lock asks for the stream, and for news of its session", () => {
    const tab = queued();
    expect(tab.effects).toEqual([{ type: "queue" }]);
    tab.send({ type: "lock-granted" });
    expect(tab.effects).toEqual(opening);
    expect(tab.state).toMatchObject({ phase: "opening", sessionId: "S1", asked: 3 });
    tab.send({ type: "opened" });
    expect(tab.effects).toEqual([silence]);
    expect(tab.wait(15_000).send({ type: "heard" }).effects).toEqual([silence]);
  });

  it("one that waits in the queue goes on waiting, whoever is signed in, with what it knows by then", () => {
    const tab = queued().look("S2", 7);
    expect(tab.effects).toEqual([]);
    expect(tab.send({ type: "lock-granted" }).state).toMatchObject({ sessionId: "S2", asked: 7 });
  });

  it("none where there are no locks, ever", () => {
    const tab = queued().send({ type: "lock-refused" });
    expect(tab.effects).toEqual(quiet);
    expect(tab.look("S2").state.phase).toBe("barred");
  });

  it.each(["opening", "open", "pausing", "asking"] as const)(
    "whose lock is taken while it is %s lets go, and queues again",
    (phase) => {
      const tab = phases[phase]().send({ type: "lock-stolen" });
      expect(tab.state.phase).toBe("queued");
      expect(tab.effects).toEqual([...quiet, { type: "queue" }]);
    },
  );

  it("whose lock is taken when it has nothing to ask for leaves the queue", () => {
    const over = phases.lingering().send({ type: "lock-stolen" });
    expect([over.state.phase, over.effects]).toEqual(["off", leaving]);
    const told = phases["given-up"]().send({ type: "lock-stolen" });
    expect([told.state.phase, told.effects]).toEqual(["resigned", leaving]);
  });

  it.each(["queued", "opening", "open", "pausing", "asking", "lingering"] as const)(
    "that is %s and not seen any more makes room",
    (phase) => {
      const tab = phases[phase]().hide();
      expect([tab.state.phase, tab.effects]).toEqual(["off", leaving]);
    },
  );
});

describe("L10: the pause after a stream that broke", () => {
  it("doubles with each failure up to a minute, and all of it is jitter", () => {
    const tab = asked();
    const delays = Array.from({ length: 8 }, () => {
      tab.close();
      const pause = tab.effects.find((effect) => effect.type === "arm-timer");
      tab.fire("listening-pause");
      return pause?.delayMs;
    });
    expect(delays).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((times) => (times * pauseMs) / 2));
    expect(delays.at(-1)).toBe(longestPauseMs / 2);
    expect(tab.effects).toEqual(opening);
  });

  it("begins anew after a stream that stood for ten seconds, and not after a shorter one", () => {
    const broken = (ms: number): readonly ListeningEffect[] =>
      asked().close().fire("listening-pause").send({ type: "opened" }).wait(ms).close().effects;
    expect(broken(provenMs)).toEqual(pausing(pauseMs / 2));
    expect(broken(provenMs - 1)).toEqual(pausing(pauseMs));
  });

  it("is not cut short by how long nobody could be asked", () => {
    const tab = asked().close().fire("listening-pause").wait(provenMs);
    expect(tab.close().effects).toEqual(pausing(pauseMs));
  });

  it("follows silence, too: that connection is dead", () => {
    expect(open().fire("listening-silence").effects).toEqual(pausing(pauseMs / 2));
    expect(asked().fire("listening-silence").effects).toEqual(pausing(pauseMs / 2));
  });

  it("is over in a moment when the connection is back", () => {
    const tab = asked();
    for (let failures = 0; failures < 6; failures += 1) tab.close().fire("listening-pause");
    expect(tab.close().send({ type: "online" }).effects).toEqual(pausing(pauseMs / 2));
  });

  it("does not outlive the session it was for", () => {
    const tab = asked().close().close().look("S2");
    expect(tab.effects).toEqual(opening);
    expect(tab.close().effects).toEqual(pausing(pauseMs / 2));
  });
});

describe("R-034: a time that the server named", () => {
  it("is waited for, and the pause after it, and no event makes it shorter", () => {
    const tab = asked().refuse(30_000);
    expect(tab.effects).toEqual(pausing(30_000 + pauseMs / 2));
    expect(tab.wait(10_000).send({ type: "online" }).effects).toEqual(pausing(20_000 + pauseMs / 2));
    expect(tab.look("S2").effects).toEqual(pausing(20_000 + pauseMs / 2));
    expect(tab.state.phase).toBe("pausing");
    expect(tab.wait(19_999).fire("listening-pause").effects).toEqual(pausing(1 + pauseMs / 2));
    expect(tab.wait(1).fire("listening-pause").effects).toEqual(opening);
  });

  it("is believed up to ten minutes", () => {
    expect(asked().refuse(86_400_000).effects).toEqual(pausing(longestRetryAfterMs + pauseMs / 2));
  });
});

describe("R-142: a 401", () => {
  it("is looked into with one refresh, and the stream is asked for with the newer token", () => {
    const tab = asked().close("unauthenticated");
    expect(tab.effects).toEqual([...quiet, { type: "refresh" }]);
    expect(tab.look("S1", 4).effects).toEqual(opening);
    expect(tab.state.asked).toBe(4);
  });

  it("once more is a loop, and there is no stream for this session, even of a first token", () => {
    for (const revision of [0, 3]) {
      const tab = asked(revision)
        .close("unauthenticated")
        .look("S1", revision + 1)
        .close("unauthenticated");
      expect([tab.state.phase, tab.effects]).toEqual(["given-up", quiet]);
      expect(tab.look("S1", revision + 2).effects).toEqual([]);
    }
  });

  it("for a token that was replaced meanwhile is none of the new one's", () => {
    const tab = asked().look("S1", 4);
    expect(tab.effects).toEqual([]);
    expect(tab.close("unauthenticated").effects).toEqual(opening);
    expect(tab.state).toMatchObject({ phase: "opening", asked: 4, refused: -1 });
  });

  it("long after a stream stood is another matter, and is looked into again", () => {
    const tab = asked().close("unauthenticated").look("S1", 4).send({ type: "opened" });
    tab.wait(provenMs).close().fire("listening-pause").close("unauthenticated");
    expect(tab.state.phase).toBe("asking");
  });

  it("is remembered by a tab that is hidden and seen again, unless a stream was open", () => {
    const again = (tab: Listener): Listener =>
      tab.hide().look("S1", 5).send({ type: "lock-granted" }).close("unauthenticated");
    expect(again(asked().close("unauthenticated").look("S1", 4)).state.phase).toBe("given-up");
    const stood = asked().close("unauthenticated").look("S1", 4).send({ type: "opened" });
    expect(again(stood).state.phase).toBe("asking");
  });

  it("for another session is looked into", () => {
    const tab = asked().close("unauthenticated").look("S2", 9).close("unauthenticated");
    expect(tab.state.phase).toBe("asking");
  });
});

describe("R-142: a server without streams", () => {
  it("is asked once, and again for the next session", () => {
    const tab = phases["given-up"]();
    expect(tab.effects).toEqual(quiet);
    expect(tab.look("S2").effects).toEqual(opening);
  });

  it("is in trouble if it had one before", () => {
    expect(open().close("unsupported").effects).toEqual(pausing(pauseMs / 2));
  });

  it("is not asked again by a tab that gave its place up, until another session begins", () => {
    const tab = phases.resigned();
    expect(tab.effects).toEqual(leaving);
    expect(tab.look("S2").effects).toEqual([{ type: "queue" }]);
  });
});

describe("L10: the end of the session", () => {
  it.each(["opening", "open", "pausing", "asking", "given-up"] as const)(
    "a tab that is %s keeps the lock until the others know, and leaves",
    (phase) => {
      const tab = phases[phase]().end();
      expect([tab.state.phase, tab.effects]).toEqual(["lingering", pausing(lingerMs)]);
      tab.fire("listening-pause");
      expect([tab.state.phase, tab.effects]).toEqual(["off", leaving]);
    },
  );

  it("a tab that waits in the queue leaves it at once", () => {
    const tab = queued().end();
    expect([tab.state.phase, tab.effects]).toEqual(["off", leaving]);
  });

  it("the next one begins with the lock in hand, the same one too", () => {
    expect(phases.lingering().look("S2").effects).toEqual(opening);
    expect(phases.lingering().look("S1").effects).toEqual(opening);
  });
});
