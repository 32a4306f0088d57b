import type { ScreenStream } from "../src/terminal/screen.ts";

/** Records what is written, and pretends to be a terminal or not. */
export class FakeStream implements ScreenStream {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  text = "";
  readonly #listeners: ((error: Error) => void)[] = [];

  constructor({
    isTTY = false,
    rows = 24,
    columns = 100,
  }: {
    readonly isTTY?: boolean;
    readonly rows?: number;
    readonly columns?: number;
  } = {}) {
    this.isTTY = isTTY;
    this.rows = rows;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }

  prependListener(_event: "error", listener: (error: Error) => void): void {
    this.#listeners.unshift(listener);
  }

  /** Tells of an error, by default as when the program that reads a pipe has ended. */
  fail(code = "EPIPE"): void {
    for (const listener of this.#listeners) listener(Object.assign(new Error(code), { code }));
  }
}
