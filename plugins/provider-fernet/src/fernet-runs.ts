import type { ClearCell, Opened, SealedCell } from "@cassandra-rekey/core";
import { Desk } from "./desk.ts";
import type { FernetSecret } from "./fernet-secret.ts";
import {
  decodeToken,
  encodeToken,
  HMAC_LENGTH,
  IV_AT,
  IV_LENGTH,
  paddedLength,
  respelled,
  TIMESTAMP_AT,
  tokenLength,
  unpad,
  VERSION,
} from "./fernet-token.ts";

/** What is worked on at once, bytes: it stays in the processor's caches. */
const RUN_BYTES = 64 * 1024;

/** Where a message stands in its run. */
interface Message {
  readonly start: number;
  readonly end: number;
}

/**
 * Opens and seals batches, run by run. The two buffers are used over and over, because fresh memory is slow memory.
 * All methods are synchronous: that is what keeps overlapping batches apart.
 */
export class FernetRuns {
  readonly #secret: FernetSecret;
  /** The token that is being worked on. */
  readonly #desk = new Desk(RUN_BYTES);
  /** The messages of a run, one after the other. */
  readonly #run = Buffer.alloc(RUN_BYTES);

  constructor(secret: FernetSecret) {
    this.#secret = secret;
  }

  open(batch: readonly SealedCell[]): readonly Opened[] {
    return cut(batch, ({ ciphertext }) => ciphertext.length).flatMap((cells) => this.#openRun(cells));
  }

  /** `random`: gives as many random bytes as it is asked for. */
  seal(
    batch: readonly ClearCell[],
    seconds: bigint,
    random: (length: number) => Uint8Array,
  ): readonly Uint8Array[] {
    return cut(batch, ({ plaintext }) => tokenLength(plaintext.length)).flatMap((cells) =>
      this.#sealRun(cells, seconds, random(cells.length * IV_LENGTH)),
    );
  }

  wipe(): void {
    this.#secret.wipe();
    this.#desk.bytes.fill(0);
    this.#run.fill(0);
  }

  /** With one call for all messages that are authentic. */
  #openRun(cells: readonly SealedCell[]): Opened[] {
    const length = cells.reduce((sum, { ciphertext }) => sum + ciphertext.length, 0);
    const desk = deskFor(this.#desk, length);
    const run = room(this.#run, length);
    let end = 0;
    const results = cells.map(({ ciphertext }): Opened | Message => {
      const token = decodeToken(ciphertext, desk) ?? decodeRespelled(ciphertext, desk);
      if (!token) return { refused: "not-this-format" };
      if (!this.#secret.verify(token)) return { refused: "not-authentic" };
      const start = end;
      end += token.copy(run, end, IV_AT, token.length - HMAC_LENGTH);
      return { start, end };
    });
    const clear = this.#secret.decrypt(run.subarray(0, end));
    return results.map((result) =>
      "end" in result ? opened(clear, result.start + IV_LENGTH, result.end) : result,
    );
  }

  /** With one call for all messages: each is 16 of the random bytes, then the padded plaintext. */
  #sealRun(cells: readonly ClearCell[], seconds: bigint, random: Uint8Array): Uint8Array[] {
    const messages = cells.map(({ plaintext }) => IV_LENGTH + paddedLength(plaintext.length));
    const run = room(
      this.#run,
      messages.reduce((sum, length) => sum + length, 0),
    );
    let at = 0;
    cells.forEach(({ plaintext }, index) => {
      for (let byte = 0; byte < IV_LENGTH; byte += 1) run[at + byte] = random[index * IV_LENGTH + byte]!;
      run.set(plaintext, at + IV_LENGTH);
      const padding = messages[index]! - IV_LENGTH - plaintext.length;
      at += messages[index]!;
      run.fill(padding, at - padding, at);
    });
    const sealed = this.#secret.encrypt(run);
    run.fill(0);

    const desk = deskFor(this.#desk, IV_AT + sealed.length + HMAC_LENGTH);
    desk.bytes[0] = VERSION;
    desk.bytes.writeBigUInt64BE(seconds, TIMESTAMP_AT);
    let start = 0;
    return messages.map((length) => {
      const token = desk.first(IV_AT + length + HMAC_LENGTH);
      sealed.copy(token, IV_AT, start, start + length);
      start += length;
      this.#secret.sign(token);
      return encodeToken(token);
    });
  }
}

/** Cuts a batch into consecutive runs of at most 64 KiB; a larger cell is a run of its own. */
export function cut<Cell>(batch: readonly Cell[], lengthOf: (cell: Cell) => number): readonly Cell[][] {
  const runs: Cell[][] = [];
  let length = 0;
  for (const cell of batch) {
    length += lengthOf(cell);
    if (length > RUN_BYTES || runs.length === 0) {
      runs.push([]);
      length = lengthOf(cell);
    }
    runs.at(-1)!.push(cell);
  }
  return runs;
}

function decodeRespelled(ciphertext: Uint8Array, desk: Desk): Buffer | undefined {
  const token = respelled(ciphertext);
  return token && decodeToken(token, desk);
}

/** So much of the buffer, or one of its own for what is too long. */
function room(buffer: Buffer, length: number): Buffer {
  return length <= buffer.length ? buffer.subarray(0, length) : Buffer.alloc(length);
}

function deskFor(desk: Desk, length: number): Desk {
  return length <= desk.bytes.length ? desk : new Desk(length);
}

function opened(clear: Buffer, start: number, end: number): Opened {
  const plaintext = unpad(clear, start, end);
  if (plaintext) return { plaintext };
  clear.fill(0, start, end);
  return { refused: "corrupt" };
}
