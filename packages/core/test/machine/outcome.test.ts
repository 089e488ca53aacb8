import { describe, expect, it } from "vitest";
import { isSameUser } from "../../src/machine/outcome.js";
import { identity } from "./support.js";

describe("one user or two", () => {
  const nameless = (sessionId: string) => ({ ...identity(sessionId), subject: null });

  it("is told by the subject, whatever the session", () => {
    expect(isSameUser(identity("S1", "ada"), identity("S2", "ada"))).toBe(true);
    expect(isSameUser(identity("S1", "ada"), identity("S1", "bob"))).toBe(false);
  });

  it("is told by the session where one of them has none", () => {
    expect(isSameUser(nameless("S1"), nameless("S1"))).toBe(true);
    expect(isSameUser(nameless("S1"), nameless("S2"))).toBe(false);
    expect(isSameUser(nameless("S1"), identity("S1", "ada"))).toBe(true);
    expect(isSameUser(identity("S2", "ada"), nameless("S1"))).toBe(false);
  });
});
