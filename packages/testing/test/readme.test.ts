/** What the README shows is what runs. */
import { readFileSync } from "node:fs";
import * as testing from "@lockstep/testing";
import { describe, expect, it } from "vitest";

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const readme = text("../README.md");

describe("the README", () => {
  it("shows a test that is run", () => {
    expect(readme).toContain(`\`\`\`ts\n${text("readme-example.test.ts")}\`\`\``);
  });

  it("names every option and every control of a test session", () => {
    const test = testing.createTestSession();
    const names = [...Object.keys(test), ...Object.keys(test.backend), "user", "claims", "lifetimeMs"];
    for (const name of names) expect(readme).toMatch(new RegExp(`\`(backend\\.)?${name}\\b`));
  });

  it("names every double", () => {
    for (const name of Object.keys(testing)) expect(readme).toContain(`\`${name}`);
  });
});
