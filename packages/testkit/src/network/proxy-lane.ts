import type { Socket } from "node:net";

/** What a lane does to what passes. */
export interface LaneState {
  /** Milliseconds by which each piece comes later. */
  readonly delayMs: number;
  /** Nothing passes; it goes on when this ends. */
  readonly held: boolean;
}

/** Something that passes: bytes, the end of one side's words, or the connection's end. */
interface Piece {
  readonly dueMs: number;
  readonly bytes?: Buffer;
  readonly ends: "nothing" | "words" | "connection";
}

/** Past this, the sender is left waiting, as by a full window. */
const MOST_HELD_BYTES = 4 * 1024 * 1024;

/** One direction of a connection: hands on what it is given, in order, and never before its time. */
export class ProxyLane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #state: () => LaneState;
  readonly #pieces: Piece[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, state: () => LaneState) {
    this.#from = from;
    this.#to = to;
    this.#state = state;
    from.on("data", (bytes) => this.#take(bytes, "nothing"));
    from.on("end", () => this.#take(undefined, "words"));
    from.on("close", () => this.#take(undefined, "connection"));
    to.on("drain", () => this.pass());
  }

  /** Bytes that have not passed yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Hands on what is due. Called again when the state has changed. */
  pass(): void {
    clearTimeout(this.#timer);
    while (this.#pieces.length > 0 && !this.#state().held) {
      const [piece] = this.#pieces as [Piece];
      const waitMs = piece.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pass(), waitMs);
        return;
      }
      if (this.#to.writableNeedDrain && piece.ends === "nothing") return;
      this.#pieces.shift();
      this.#handOn(piece);
    }
  }

  /** Forgets what has not passed yet. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#pieces.length = 0;
    this.#heldBytes = 0;
  }

  #take(bytes: Buffer | undefined, ends: Piece["ends"]): void {
    this.#pieces.push({ dueMs: performance.now() + this.#state().delayMs, ends, ...(bytes && { bytes }) });
    this.#heldBytes += bytes?.length ?? 0;
    if (this.#heldBytes > MOST_HELD_BYTES) this.#from.pause();
    this.pass();
  }

  #handOn({ bytes, ends }: Piece): void {
    if (bytes) {
      this.#heldBytes -= bytes.length;
      if (this.#from.isPaused() && this.#heldBytes <= MOST_HELD_BYTES) this.#from.resume();
      if (this.#to.writable) this.#to.write(bytes);
    }
    if (ends === "words") this.#to.end();
    if (ends === "connection") this.#to.destroy();
  }
}
