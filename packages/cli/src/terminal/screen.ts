import { isGone, type OutputStream } from "./output-errors.ts";
import { cutToWidth } from "./plain-text.ts";
import type { Style } from "./style.ts";

/** What a {@link Screen} needs of a stream; `process.stdout` and `process.stderr` have it. */
export interface ScreenStream extends OutputStream {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/**
 * An output stream with, on a terminal, one block of lines at its end that is drawn again in place.
 * Text that is written meanwhile scrolls by above the block.
 */
export class Screen {
  readonly style: Style;
  readonly isTerminal: boolean;
  readonly #stream: ScreenStream;
  readonly #closed = new AbortController();
  #block: readonly string[] = [];

  constructor(stream: ScreenStream, style: Style) {
    this.#stream = stream;
    this.style = style;
    this.isTerminal = stream.isTTY === true;
    // Before oclif's listener, which throws some: those behind it hear nothing then. A full disk may have room again.
    stream.prependListener("error", (error) => {
      if (isGone(stream, error)) this.#closed.abort();
    });
  }

  /** The columns that a line may take on a terminal; `undefined` elsewhere, where lines may have any length. */
  get columns(): number | undefined {
    return this.isTerminal ? this.#width - 1 : undefined;
  }

  /** Aborts when nobody reads the stream any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Writes text above the block. It should end with a line break. */
  write(text: string): void {
    this.#put(this.#erased() + text + this.#block.map((line) => `${line}\n`).join(""));
  }

  /** Draws the block, instead of the one before. Lines that do not fit are cut. */
  draw(lines: readonly string[]): void {
    const erased = this.#erased();
    const columns = this.#width - 1;
    const room = Math.max(1, (this.#stream.rows || DEFAULT_ROWS) - 1);
    // Lines that scrolled off the top cannot be reached again, so the block must fit.
    const shown =
      lines.length <= room
        ? lines
        : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines do not fit here`];
    this.#block = shown.map((line) => cutToWidth(line, columns));
    this.#put(erased + this.#block.map((line) => `${line}\n`).join(""));
  }

  /** Leaves the block where it is; the next one is drawn below. */
  release(): void {
    this.#block = [];
  }

  /** A terminal that nobody has told its size, as `ssh -tt` makes one from a script, says 0. */
  get #width(): number {
    return this.#stream.columns || DEFAULT_COLUMNS;
  }

  #erased(): string {
    return this.#block.length === 0 ? "" : `\u001b[${this.#block.length}A\r\u001b[J`;
  }

  #put(text: string): void {
    if (!this.#closed.signal.aborted) this.#stream.write(text);
  }
}
