import type { Engine } from "@cassandra-rekey/engine";
import { expect, it } from "vitest";
import { Rotation } from "../src/rotation.ts";

const JOB = "6f1c9a52-7f0e-4a55-9a41-5d3c1e2b7a90";

it("is stopped, not done, when its verification was, and goes on with the same job", async () => {
  const calls: string[] = [];
  const verifying = Promise.withResolvers<void>();
  const engine = {
    async init() {},
    async plan() {
      calls.push("plan");
      return { jobId: JOB };
    },
    async run({ jobId }: { readonly jobId: string }) {
      calls.push(`run ${jobId}`);
      return { outcome: "done" };
    },
    async verify({ jobId = "anew", stop }: { readonly jobId?: string; readonly stop: AbortSignal }) {
      calls.push(`verify ${jobId}`);
      if (jobId === "v") return { outcome: "done", jobId, clean: true };
      verifying.resolve();
      await new Promise((resolve) => stop.addEventListener("abort", resolve));
      return { outcome: "interrupted", jobId: "v", clean: false };
    },
    async [Symbol.asyncDispose]() {},
  };
  await using rotation = new Rotation(engine as unknown as Engine);
  await rotation.start();
  await verifying.promise;
  await rotation.stop();
  expect(rotation.state).toEqual({ state: "stopped", jobId: JOB });
  await rotation.start();
  expect(await rotation.settled()).toEqual({ state: "done", jobId: JOB, clean: true });
  expect(calls).toEqual(["plan", `run ${JOB}`, "verify anew", `run ${JOB}`, "verify v"]);
});
