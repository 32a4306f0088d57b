import type { Clock, Sample, Throttle } from "@cassandra-rekey/core";
import { SeededRandom } from "../simulation/index.ts";
import { TimedQueue } from "./timed-queue.ts";

/** A server that serves so many requests at once; what is more has to wait, first come, first served. */
export interface QueueServer {
  readonly servers: number;
  /** Mean time of one small request, milliseconds. */
  readonly serviceMs: number;
  readonly seed?: number;
}

/** One second of a simulation. */
export interface SimulatedSecond {
  /** Requests of each client that ended. */
  readonly done: readonly number[];
  /** What each client's throttle allowed at the end. */
  readonly inFlight: readonly number[];
  /** Requests of the application that ended, and how long they took on average, milliseconds. */
  readonly foreground: { readonly done: number; readonly meanMs: number };
}

interface Request {
  readonly client: number;
  readonly kind: Sample["kind"];
  readonly sentMs: number;
  readonly serviceMs: number;
}

type Event = "arrival" | "look" | Request;

const FOREGROUND = -1;
/** A read is a page: one for so many writes, and so many times as long. */
const WRITES_A_READ = 10;
const READ_FACTOR = 8;
/** The governor looks again so often when nothing ends, milliseconds. */
const LOOK_MS = 100;

/**
 * A server with a queue, clients that always have work and obey a throttle each, and an application that sends
 * requests at a rate whatever happens: in virtual time, the same for the same seed.
 */
export class QueueSimulation {
  /** Time as the throttles see it. */
  readonly clock: Pick<Clock, "monotonicMs" | "wallMs">;
  /** Requests a second of the application. */
  foregroundPerSecond = 0;
  /** While true nothing is served. */
  stalled = false;
  readonly #server: QueueServer;
  readonly #random: SeededRandom;
  readonly #events = new TimedQueue<Event>();
  readonly #waiting: Request[] = [];
  readonly #clients: { readonly throttle: Throttle; inFlight: number; sent: number; done: number }[] = [];
  #busy = 0;
  #nowMs = 0;
  #foreground = { done: 0, totalMs: 0 };

  constructor(server: QueueServer) {
    this.#server = server;
    this.#random = new SeededRandom(server.seed ?? 1);
    this.clock = { monotonicMs: () => this.#nowMs, wallMs: () => Date.UTC(2026, 0, 1) + this.#nowMs };
    this.#events.add(0, "look");
    this.#events.add(0, "arrival");
  }

  /** A client that has work from now on. */
  add(throttle: Throttle): void {
    this.#clients.push({ throttle, inFlight: 0, sent: 0, done: 0 });
  }

  /** Goes on for so many seconds, and tells of each. */
  seconds(count: number): readonly SimulatedSecond[] {
    return Array.from({ length: count }, () => this.#second());
  }

  #second(): SimulatedSecond {
    const untilMs = Math.floor(this.#nowMs / 1000) * 1000 + 1000;
    this.#foreground = { done: 0, totalMs: 0 };
    for (const client of this.#clients) client.done = 0;
    for (let next = this.#events.takeBefore(untilMs); next; next = this.#events.takeBefore(untilMs)) {
      this.#nowMs = next.atMs;
      this.#handle(next.item);
      this.#serve();
    }
    this.#nowMs = untilMs;
    const { done, totalMs } = this.#foreground;
    return {
      done: this.#clients.map((client) => client.done),
      inFlight: this.#clients.map(({ throttle }) => throttle.limit().inFlight ?? Number.POSITIVE_INFINITY),
      foreground: { done, meanMs: done === 0 ? 0 : totalMs / done },
    };
  }

  #handle(event: Event): void {
    if (event === "look") {
      for (const index of this.#clients.keys()) this.#send(index);
      this.#events.add(this.#nowMs + LOOK_MS, "look");
    } else if (event === "arrival") this.#arrive();
    else this.#end(event);
  }

  #arrive(): void {
    if (this.foregroundPerSecond > 0) this.#queue(FOREGROUND, "read", this.#server.serviceMs);
    const rate = this.foregroundPerSecond > 0 ? this.foregroundPerSecond : 10;
    this.#events.add(this.#nowMs + (1000 / rate) * 2 * this.#random.fraction(), "arrival");
  }

  #end({ client, kind, sentMs }: Request): void {
    this.#busy -= 1;
    const latencyMs = this.#nowMs - sentMs;
    if (client === FOREGROUND) {
      this.#foreground.done += 1;
      this.#foreground.totalMs += latencyMs;
      return;
    }
    const sender = this.#clients[client]!;
    sender.inFlight -= 1;
    sender.done += 1;
    sender.throttle.observe({ kind, rows: 10, bytes: 1000, latencyMs });
    this.#send(client);
  }

  /** Sends as much as the throttle allows; at most a thousand, where it allows everything. */
  #send(index: number): void {
    const client = this.#clients[index]!;
    for (let limit = client.throttle.limit(); client.inFlight < Math.min(1000, limit.inFlight ?? 1000); ) {
      if (limit.hold !== undefined) return;
      client.inFlight += 1;
      const isRead = client.sent % (WRITES_A_READ + 1) === 0;
      client.sent += 1;
      this.#queue(index, isRead ? "read" : "write", this.#server.serviceMs * (isRead ? READ_FACTOR : 1));
      limit = client.throttle.limit();
    }
  }

  #queue(client: number, kind: Sample["kind"], meanMs: number): void {
    const serviceMs = meanMs * (0.5 + this.#random.fraction());
    this.#waiting.push({ client, kind, sentMs: this.#nowMs, serviceMs });
  }

  #serve(): void {
    while (!this.stalled && this.#busy < this.#server.servers && this.#waiting.length > 0) {
      const request = this.#waiting.shift()!;
      this.#busy += 1;
      this.#events.add(this.#nowMs + request.serviceMs, request);
    }
  }
}
