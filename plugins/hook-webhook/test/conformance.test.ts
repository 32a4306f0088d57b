import { describeHook } from "@cassandra-rekey/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { openHook, Receiver } from "./receiver.ts";

let receiver: Receiver;
beforeAll(async () => {
  receiver = await new Receiver().listen();
});
afterAll(() => receiver[Symbol.asyncDispose]());

describe.each(["json", "slack"])("with the template %s", (template) => {
  describeHook(
    { describe, it },
    {
      name: "the webhook",
      create: async () => (await openHook(receiver.url, { template })).hook,
      output: async () => receiver.received.map(({ body }) => body).join("\n"),
    },
  );
});
