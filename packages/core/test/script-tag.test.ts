// @vitest-environment happy-dom
import { describe, expect, it, vi } from "vitest";
import { startFromTag } from "../src/script-tag.js";

/** An element with options that no session takes: whoever reads them throws. */
function element(name: string): HTMLScriptElement {
  const made = document.createElement(name);
  made.setAttribute("name", "currentScript");
  made.dataset["endpoint"] = "ftp://evil.example/session";
  return made as unknown as HTMLScriptElement;
}

describe("ASVS 3.2.3: the options of a session", () => {
  it.each(["img", "form", "embed", "object"])(
    "are not read from an %s by the name of currentScript",
    (name) => {
      expect(startFromTag(element(name))).toBeNull();
    },
  );

  function tagWith(events: string): HTMLScriptElement {
    const tag = document.createElement("script");
    Object.assign(tag.dataset, { endpoint: "/session", events });
    return tag;
  }

  it.each(["visible", "always", "false"])("`data-events` takes what the option takes: %s", (events) => {
    vi.stubGlobal("isSecureContext", true);
    const session = startFromTag(tagWith(events));
    expect(session?.getSnapshot().status).toBe("unauthenticated");
    session?.dispose();
  });

  it("`data-events` takes nothing else, and says so", () => {
    expect(() => startFromTag(tagWith("true"))).toThrow(/`events` must be/);
  });

  it("are read from a script", () => {
    expect(() => startFromTag(element("script"))).toThrow(/endpoint/);
  });
});
