import { EventEmitter } from "node:events";
import { isRekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { Interruption } from "../src/interruption.ts";

function setUp(graceful: boolean) {
  const signals = new EventEmitter();
  const said: string[] = [];
  let quits = 0;
  const interruption = new Interruption(signals, {
    graceful,
    say: (text) => said.push(text),
    quit: () => {
      quits += 1;
    },
  });
  return { signals, said, interruption, quits: () => quits };
}

describe("signals", () => {
  it("first stop gracefully, then abort, then end the process", () => {
    const { signals, said, interruption, quits } = setUp(true);
    signals.emit("SIGTERM", "SIGTERM");
    expect([interruption.stop.aborted, interruption.abort.aborted]).toEqual([true, false]);
    expect(said.join()).toContain("press Ctrl-C again");
    signals.emit("SIGINT", "SIGINT");
    expect(interruption.abort.aborted).toBe(true);
    expect(quits()).toBe(0);
    signals.emit("SIGINT", "SIGINT");
    expect(quits()).toBe(1);
    interruption[Symbol.dispose]();
  });

  it.each([
    ["SIGHUP", "SIGHUP"],
    ["SIGTERM", "SIGHUP"],
  ])("stop gracefully, and no more than that, where %s is followed by %s", (first, second) => {
    const { signals, said, interruption, quits } = setUp(true);
    using _ = interruption;
    for (const signal of [first, second, second]) signals.emit(signal, signal);
    expect([interruption.stop.aborted, interruption.abort.aborted]).toEqual([true, false]);
    expect(said).toHaveLength(1);
    signals.emit("SIGINT", "SIGINT");
    expect(interruption.abort.aborted).toBe(true);
    expect(quits()).toBe(0);
  });

  it("abort at once what has nothing to finish", () => {
    using interruption = setUp(false).interruption;
    const { signals, interruption: other } = setUp(false);
    using _ = other;
    signals.emit("SIGINT", "SIGINT");
    expect(other.abort.aborted).toBe(true);
    expect(isRekeyError(other.abort.reason) && other.abort.reason.code).toBe("INTERRUPTED");
    expect(interruption.abort.aborted).toBe(false);
  });

  it("are left to others afterwards", () => {
    const { signals, interruption } = setUp(true);
    interruption[Symbol.dispose]();
    expect(signals.eventNames()).toEqual([]);
  });
});
