import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CATALOGUE, type ErrorCode } from "../src/error-catalogue.ts";
import { isRekeyError, RekeyError } from "../src/rekey-error.ts";

const codes = Object.keys(CATALOGUE) as ErrorCode[];

describe("RekeyError", () => {
  it("takes hint and retryability from the catalogue, unless it is told otherwise", () => {
    const error = new RekeyError("CLUSTER.TIMEOUT", "a page took too long");
    expect(error).toMatchObject({ hint: CATALOGUE["CLUSTER.TIMEOUT"].hint, retryable: true, problems: [] });
    const own = new RekeyError("CLUSTER.TIMEOUT", "no", { hint: "wait", retryable: false, problems: ["a"] });
    expect(own).toMatchObject({ hint: "wait", retryable: false, problems: ["a"] });
    expect(new RekeyError("KEY.REFUSED", "no").retryable).toBe(false);
  });

  it("keeps its cause, and has none when there is none", () => {
    const cause = new TypeError("why");
    expect(new RekeyError("KEY.REFUSED", "no", { cause }).cause).toBe(cause);
    expect("cause" in new RekeyError("KEY.REFUSED", "no")).toBe(false);
  });

  it("is known by its brand, which another copy of core shares, and nothing else is", () => {
    expect(isRekeyError(new RekeyError("INTERRUPTED", "no"))).toBe(true);
    expect(isRekeyError({ [Symbol.for("cassandra-rekey/error")]: true })).toBe(true);
    for (const other of [new Error("no"), { code: "INTERRUPTED" }, null, undefined, "INTERRUPTED"]) {
      expect(isRekeyError(other)).toBe(false);
    }
  });
});

describe("the catalogue", () => {
  const page = readFileSync(new URL("../../../docs/reference/errors.md", import.meta.url), "utf8");
  const documented = [...page.matchAll(/^## (\S+)$/gm)].map((match) => match[1]);

  it("and the documentation have the same codes", () => {
    expect(documented.toSorted()).toEqual([...codes].toSorted());
  });

  it.each(codes)("says of %s what it means and what to do, as the documentation does", (code) => {
    const { summary, hint } = CATALOGUE[code];
    expect(summary).toMatch(/^\S.*\.$/);
    expect(hint).toMatch(/^\S.*\.$/);
    expect(page).toContain(`## ${code}\n\n${summary}\n\n**What to do:** ${hint}\n`);
  });
});
