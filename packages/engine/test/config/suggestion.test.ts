import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "../../src/config/suggestion.ts";

const WORDS = ["contact_points", "port", "local_dc", "keyspace", "username", "password", "tls"];

describe("a suggestion", () => {
  it.each([
    ["contact_point", "contact_points"],
    ["contactPoints", "contact_points"],
    ["contact-points", "contact_points"],
    ["CONTACT_POINTS", "contact_points"],
    ["localdc", "local_dc"],
    ["prot", "port"],
    ["pasword", "password"],
    ["passwrod", "password"],
    ["tsl", "tls"],
  ])("for %s is %s", (word, expected) => {
    expect(nearest(word, WORDS)).toBe(expected);
    expect(didYouMean(word, WORDS)).toBe(` (did you mean "${expected}"?)`);
  });

  it.each(["frobnicate", "", "x", "consistency", "ssls"])("for %j is none", (word) => {
    expect(nearest(word, WORDS)).toBeUndefined();
    expect(didYouMean(word, WORDS)).toBe("");
  });

  it("is the nearest of several, the first of equals, and none among none", () => {
    expect(nearest("acct", ["act", "fact"])).toBe("act");
    expect(nearest("bat", ["cat", "hat"])).toBe("cat");
    expect(nearest("port", [])).toBeUndefined();
  });

  it("is found for every word with one slip of four letters or more", () => {
    const slip = fc
      .tuple(fc.constantFrom(...WORDS.filter((word) => word.length >= 4)), fc.nat(), fc.nat(3))
      .map(([word, place, kind]) => {
        const at = place % (word.length - 1);
        const [before, a, b, after] = [word.slice(0, at), word[at], word[at + 1], word.slice(at + 2)];
        const wrong = [
          `${before}${b}${a}${after}`,
          `${before}${b}${after}`,
          `${before}q${b}${after}`,
          `${before}${a}q${b}${after}`,
        ];
        return [word, wrong[kind]!] as const;
      });
    fc.assert(fc.property(slip, ([word, wrong]) => nearest(wrong, WORDS) === word));
  });
});
