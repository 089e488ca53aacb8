import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { sameSecret } from "../src/constant-time.js";

const source = fileURLToPath(new URL("../src/", import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);

describe("the sources", () => {
  test("only the SQLite store needs Node; everything else runs wherever WebCrypto does", () => {
    const needy = files.filter((file) =>
      /from "node:|\brequire\(|\bBuffer\b/.test(readFileSync(source + file, "utf8")),
    );
    expect(needy).toEqual(["stores/sqlite.ts"]);
  });

  test("the rotation asks neither clock nor chance", () => {
    const text = readFileSync(`${source}rotation.ts`, "utf8");
    expect(text).not.toMatch(/Date|Math\.random|crypto|async|await/);
  });
});

describe("G7: the comparison of secrets", () => {
  test("tells equal from unequal wherever they differ, and looks at every character", () => {
    const secret = "a".repeat(43);
    expect(sameSecret(secret, "a".repeat(43))).toBe(true);
    for (let index = 0; index < 43; index += 1) {
      expect(sameSecret(secret, `${"a".repeat(index)}b${"a".repeat(42 - index)}`)).toBe(false);
    }
    expect(sameSecret(secret, "a".repeat(42))).toBe(false);
    const reads: number[] = [];
    const watched = { length: 3, charCodeAt: (index: number) => reads.push(index) } as unknown as string;
    sameSecret(watched, "\u0000\u0000\u0000");
    expect(reads).toEqual([0, 1, 2]);
  });
});
