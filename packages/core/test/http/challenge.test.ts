import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenges, readDemand, type Challenge } from "../../src/http/challenge.js";
import { fuzzRuns } from "../support/property.js";

/** Challenges as plain data. */
function parse(header: string): readonly (readonly [string, Readonly<Record<string, string>>])[] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe("R-034: WWW-Authenticate is a list of challenges", () => {
  const cases: readonly (readonly [string, string, ReturnType<typeof parse>])[] = [
    ["a scheme alone", "Bearer", [["bearer", {}]]],
    ["a parameter", 'Bearer error="invalid_token"', [["bearer", { error: "invalid_token" }]]],
    ["a value without quotes", "Bearer error=invalid_token", [["bearer", { error: "invalid_token" }]]],
    ["several parameters", 'Bearer realm="a", error="b"', [["bearer", { realm: "a", error: "b" }]]],
    [
      "several schemes",
      'Basic realm="a", Bearer realm="b", error="c", Negotiate',
      [
        ["basic", { realm: "a" }],
        ["bearer", { realm: "b", error: "c" }],
        ["negotiate", {}],
      ],
    ],
    ["names in any case", 'BEARER Error="Invalid_Token"', [["bearer", { error: "Invalid_Token" }]]],
    [
      "a comma inside quotes",
      'Bearer realm="a, Basic b=\\"c\\"", error="d"',
      [["bearer", { realm: 'a, Basic b="c"', error: "d" }]],
    ],
    ["an escaped quote and backslash", 'Bearer realm="a\\"b\\\\c\\d"', [["bearer", { realm: 'a"b\\cd' }]]],
    ["an empty value", 'Bearer realm=""', [["bearer", { realm: "" }]]],
    [
      "space around the equals sign",
      'Bearer realm = "a" , error\t=\tb',
      [["bearer", { realm: "a", error: "b" }]],
    ],
    ["empty elements", ',, Bearer realm="a",, ,error=b, ,', [["bearer", { realm: "a", error: "b" }]]],
    [
      "a token68",
      "Negotiate YII+/=, Bearer error=x",
      [
        ["negotiate", {}],
        ["bearer", { error: "x" }],
      ],
    ],
    ["a token68 that ends in equals signs", "NTLM abc==", [["ntlm", {}]]],
    [
      "the same scheme twice",
      'Bearer error="a", Bearer error="b"',
      [
        ["bearer", { error: "a" }],
        ["bearer", { error: "b" }],
      ],
    ],
    [
      "RFC 9470: a step-up challenge",
      'Bearer error="insufficient_user_authentication", error_description="x, y", acr_values="a b", max_age="5"',
      [
        [
          "bearer",
          {
            error: "insufficient_user_authentication",
            error_description: "x, y",
            acr_values: "a b",
            max_age: "5",
          },
        ],
      ],
    ],
    [
      "the example of RFC 9110 §11.6.1",
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        ["basic", { realm: "simple" }],
        ["newauth", { realm: "apps", type: "1", title: 'Login to "apps"' }],
      ],
    ],
  ];

  it.each(cases)("%s", (_, header, expected) => {
    expect(parse(header)).toEqual(expected);
  });

  it("RFC 6750 §3: a parameter that repeats, in whatever case, makes its challenge invalid, and no other", () => {
    const header = 'Bearer error="insufficient_scope", Error="invalid_token", Basic realm="x"';
    expect(parse(header)).toEqual([["basic", { realm: "x" }]]);
  });

  it.each([
    "",
    " ",
    ",",
    ", ,",
    '"Bearer"',
    "=x",
    "@",
    'Bearer realm="open',
    "Bearer realm=",
    "Bearer realm=,",
  ])("%j: nothing that cannot be read becomes a parameter", (header) => {
    for (const [, parameters] of parse(header)) expect(parameters).toEqual({});
  });

  it("what could be read before the rubbish is kept", () => {
    expect(parse('Basic realm="a", Bearer error="open')).toEqual([["basic", { realm: "a" }]]);
  });

  it("B4: a parameter by the name of __proto__ poisons nothing", () => {
    expect(parseChallenges("Bearer __proto__=x")[0]?.parameters.get("__proto__")).toBe("x");
    expect({}).not.toHaveProperty("x");
  });

  it("L7: megabytes of header are read in no time", () => {
    const long = "x".repeat(200_000);
    const headers = [
      `Bearer a="${long}"`,
      `Bearer ${long}`,
      `Bearer ${" ,".repeat(100_000)}`,
      `Bearer a="${"\\".repeat(200_000)}`,
      `Bearer ${long}${"=".repeat(1_000)}x`,
    ];
    const before = performance.now();
    for (const header of headers) parseChallenges(header);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

const tokenCharacters = Array.from("abcXYZ019!#$%&'*+.^_`|~-");
const name = fc
  .array(fc.constantFrom(...tokenCharacters), { minLength: 1, maxLength: 8 })
  .map((all) => all.join(""));
const scheme = name.filter((text) => /^[a-z]/i.test(text));
const value = fc.string({ maxLength: 12, unit: "grapheme-ascii" });
const challenge = fc.record({
  scheme,
  parameters: fc.uniqueArray(fc.tuple(name, value), { maxLength: 4, selector: ([key]) => key.toLowerCase() }),
});

function print(
  challenges: readonly { scheme: string; parameters: [string, string][] }[],
  separator: string,
): string {
  const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
  return challenges
    .map(({ scheme, parameters }) =>
      `${scheme} ${parameters.map(([key, text]) => `${key}=${quote(text)}`).join(separator)}`.trim(),
    )
    .join(separator);
}

describe(`R-034: fuzz, ${fuzzRuns} cases each`, { timeout: 60_000 }, () => {
  it("every list of challenges that is written is read back", () => {
    fc.assert(
      fc.property(
        fc.array(challenge, { maxLength: 4 }),
        fc.constantFrom(",", ", ", " ,\t", ",,"),
        (challenges, separator) => {
          const expected = challenges.map(({ scheme, parameters }) => [
            scheme.toLowerCase(),
            new Map(parameters.map(([key, text]) => [key.toLowerCase(), text])),
          ]);
          const seen = parseChallenges(print(challenges, separator)).map(({ scheme, parameters }) => [
            scheme,
            parameters,
          ]);
          expect(seen).toEqual(expected);
        },
      ),
    );
  });

  const readable = ({ scheme, parameters }: Challenge): boolean =>
    scheme === scheme.toLowerCase() &&
    scheme.length > 0 &&
    [...parameters.keys()].every((key) => key === key.toLowerCase());

  it("any text is read without an error, and what comes of it has the shape of a challenge", () => {
    const pieces = fc.array(
      fc.constantFrom("Bearer", "error", "=", '"', "\\", ",", " ", "\t", "x==", "é", "\u0000"),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          pieces.map((all) => all.join("")),
        ),
        (text) => {
          expect(parseChallenges(text).every(readable)).toBe(true);
        },
      ),
    );
  });
});

describe("R-120, R-121: what a challenge asks for (RFC 9470 §3)", () => {
  const error = 'error="insufficient_user_authentication"';
  it.each([
    [`Bearer ${error}, acr_values="a b", max_age="300"`, { acrValues: ["a", "b"], maxAge: 300 }],
    [`Bearer ${error}, acr_values="  a  b "`, { acrValues: ["a", "b"], maxAge: null }],
    [`Bearer ${error}, max_age=0`, { acrValues: [], maxAge: 0 }],
    [`Bearer ${error}`, { acrValues: [], maxAge: null }],
    [`Basic realm="x", bearer ${error}, max_age="5"`, { acrValues: [], maxAge: 5 }],
    [`Bearer ${error}, max_age="soon"`, { acrValues: [], maxAge: null }],
    [`Bearer ${error}, max_age="-1"`, { acrValues: [], maxAge: null }],
    [`Bearer ${error}, max_age="1", max_age="2"`, null],
    ['Bearer error="invalid_token", max_age="5"', null],
    [`DPoP ${error}`, null],
    ["", null],
    [null, null],
  ])("%s", (header, demand) => {
    expect(readDemand(header)).toEqual(demand);
  });
});
