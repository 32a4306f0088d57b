import { RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { describeError, errorToJson } from "../src/error-report.ts";
import { errorText, traceText } from "../src/error-text.ts";
import { requestedOutput } from "../src/requested-output.ts";
import { noStyle } from "../src/terminal/style.ts";

describe("errors", () => {
  const invalid = new RekeyError("CONFIG.INVALID", "config.yaml has 2 problems", {
    problems: ["config.yaml:3:5 tables: is missing", "config.yaml:9:1 cluter: is not known"],
    hint: "Correct the lines listed.",
  });

  it("show code, message, each problem and the next step, and no stack", () => {
    expect(
      errorText(describeError(invalid), noStyle),
    ).toBe(`Error [CONFIG.INVALID]: config.yaml has 2 problems
  - config.yaml:3:5 tables: is missing
  - config.yaml:9:1 cluter: is not known
Next: Correct the lines listed.
`);
  });

  it("are said once where the only problem is the message", () => {
    const only = new RekeyError("PLUGIN.DUPLICATE", "two packages have it", {
      problems: ["two packages have it"],
      hint: "",
    });
    expect(errorText(describeError(only), noStyle)).toBe("Error [PLUGIN.DUPLICATE]: two packages have it\n");
  });

  it("are one JSON object, with problems only where there are some", () => {
    expect(errorToJson(describeError(invalid))).toEqual({
      error: {
        code: "CONFIG.INVALID",
        message: "config.yaml has 2 problems",
        hint: "Correct the lines listed.",
        problems: invalid.problems,
      },
    });
    const plain = describeError(new RekeyError("JOB.NOT_FOUND", "no such job", { hint: "List them." }));
    expect(errorToJson(plain)).toEqual({
      error: { code: "JOB.NOT_FOUND", message: "no such job", hint: "List them." },
    });
  });

  it("of another copy of core are known by their brand", () => {
    const foreign = Object.assign(new Error("gone"), {
      code: "CLUSTER.TIMEOUT",
      hint: "Wait.",
      problems: [],
      [Symbol.for("cassandra-rekey/error")]: true,
    });
    expect(describeError(foreign).code).toBe("CLUSTER.TIMEOUT");
  });

  it("that nobody meant for people do not show the value that they quote", () => {
    const quoting = (() => {
      try {
        return JSON.parse("secret-plaintext");
      } catch (error) {
        return error;
      }
    })();
    expect(String(quoting)).toContain("secret");
    const shown = errorText(describeError(quoting), noStyle);
    expect(shown).not.toContain("secret");
    expect(shown).toContain("SyntaxError");
    expect(describeError(quoting, true).message).toContain("secret");
  });

  it("that nobody meant for people show whose code they come from, and nothing else of the stack", () => {
    const from = (stack: string, message = "hunter2") => {
      const error = Object.assign(new TypeError(message), { stack });
      return describeError(error).message;
    };
    const timer = "    at listOnTimeout (node:internal/timers:605:17)";
    const store = "/app/node_modules/.pnpm/rekey-acme@1.0.0/node_modules/rekey-acme/dist/index.js:8:25";
    expect(from(`TypeError: hunter2\n${timer}\n    at Timeout._onTimeout (file://${store})\n${timer}`)).toBe(
      "Unexpected TypeError in rekey-acme/dist/index.js:8.",
    );
    expect(from("TypeError: hunter2\n    at async /home/me/provider.ts:3:7")).toBe(
      "Unexpected TypeError in provider.ts:3.",
    );
    for (const silent of [`TypeError: hunter2\n${timer}`, "", "    at hunter2:1:1"])
      expect(from(silent)).toBe("Unexpected TypeError.");
    const posing = "hunter2\n    at hunter2 (/hunter2:1:1)";
    expect(from(`TypeError: ${posing}\n${timer}`, posing)).toBe("Unexpected TypeError.");
  });

  it("by an aborted signal are interruptions", () => {
    expect(describeError(AbortSignal.abort().reason).code).toBe("INTERRUPTED");
  });

  it("cannot steer the terminal", () => {
    const nasty = new RekeyError("CLUSTER.INVALID_QUERY", "bad \u001b[2Jthing\u0007 here");
    expect(errorText(describeError(nasty), noStyle)).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it("have traces that end, also when a cause leads back to itself", () => {
    const outer = new RekeyError("STATE.UNAVAILABLE", "outer", { cause: new TypeError("inner") });
    expect(traceText(outer)).toMatch(/outer.*Caused by: TypeError: inner/s);
    const loop = new Error("loop");
    loop.cause = loop;
    expect(traceText(loop).match(/Caused by/g)).toHaveLength(9);
    expect(traceText("text")).toBe("");
  });
});

describe("the output that was asked for", () => {
  it.each([
    [["run", "--json"], { json: true, trace: false }],
    [["run", "--", "--json"], { json: false, trace: false }],
    [["run", "--log-level", "debug"], { json: false, trace: true }],
    [["run", "--log-level=trace", "--json"], { json: true, trace: true }],
    [["run", "--log-level", "info"], { json: false, trace: false }],
    [["debug"], { json: false, trace: false }],
  ])("%j", (argv, expected) => {
    expect(requestedOutput(argv)).toEqual(expected);
  });
});
