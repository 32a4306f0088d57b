import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type ProviderCase, type Scene, text } from "./scene.ts";

/** No key and no plaintext in what is printed, logged or thrown. */
export const secrecyCases: readonly ProviderCase[] = [
  [
    "a key shows nothing of itself when it is printed or serialised",
    async (scene) => {
      await scene.open(await scene.seal([text("in use")]));
      for (const key of [scene.key, scene.other]) {
        hides(scene, shown(key), "util.inspect");
        hides(scene, String(key), "String()");
        hides(scene, JSON.stringify(key) ?? "", "JSON.stringify");
      }
    },
  ],
  [
    "errors show neither key nor plaintext",
    async (scene) => {
      const plaintext = "a plaintext that must not show";
      const context = { keyspace: "k", table: "t", column: "c", primaryKey: [] };
      const cell = { form: "text", context, plaintext: text(plaintext) } as const;
      const calls = [
        () => scene.key.encrypt([cell], AbortSignal.abort()),
        ...(scene.conformance.failures ?? []).map((call) => async () => {
          await call();
          assert.fail("a call that was declared to fail did not");
        }),
      ];
      for (const call of calls) {
        const error = await call().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error instanceof assert.AssertionError) throw error;
        hidesError(scene, error, plaintext);
      }
    },
  ],
];

function hidesError(scene: Scene, error: unknown, plaintext: string): void {
  const { message, stack, hint } = error as { message?: string; stack?: string; hint?: string };
  const all = [message, stack, hint, shown(error), JSON.stringify(error)].join("\n");
  hides(scene, all, "an error");
  assert.ok(!all.includes(plaintext), "an error does not show a plaintext");
}

function hides(scene: Scene, what: string, where: string): void {
  // The assertion's own message must not show it either.
  for (const secret of scene.conformance.secrets)
    assert.ok(!what.includes(secret), `${where} gives a secret away`);
}

function shown(value: unknown): string {
  return inspect(value, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null });
}
