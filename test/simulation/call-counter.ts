import type { CallName } from "./scenario.ts";

/** Counts calls, all of them and those of each name. */
export class CallCounter {
  readonly #counts = new Map<string, number>();
  #all = 0;

  /** Counts one call; what it returns tells whether trouble is set on that one. */
  next(name: string): (trouble: { readonly on: CallName; readonly call: number }) => boolean {
    const ofName = this.#counts.get(name) ?? 0;
    const ofAll = this.#all;
    this.#counts.set(name, ofName + 1);
    this.#all += 1;
    return ({ on, call }) => (on === "any" ? call === ofAll : on === name && call === ofName);
  }
}
