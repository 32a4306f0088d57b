import { describeHook } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import { openHook, scrape } from "./open-hook.ts";

let last = "";

describeHook(
  { describe, it },
  {
    name: "the prometheus hook",
    create: async () => {
      const { hook, url } = await openHook();
      let isOpen = true;
      return {
        on: (event, at) => hook.on(event, at),
        async [Symbol.asyncDispose]() {
          if (isOpen) last = await scrape(url);
          isOpen = false;
          await hook[Symbol.asyncDispose]();
        },
      };
    },
    output: async () => last,
  },
);
