import { expect, it } from "vitest";
import { type CallingKey, KeyCalls } from "../../src/keyring/key-calls.ts";

it("calls of keys are passed on with the key, and its keyring where that is not the default one", () => {
  const calls = new KeyCalls();
  const call = { call: "unwrap", outcome: "done", ms: 1 } as const;
  const [main, cards] = [calls.of("v2", "keys"), calls.of("v2", "cards")];
  // Keys are opened before anybody listens.
  main(call);
  const heard: CallingKey[] = [];
  calls.listen((key) => heard.push(key));
  main(call);
  cards(call);
  expect(heard).toEqual([{ keyVersion: "v2" }, { keyVersion: "v2", keyring: "cards" }]);
});
