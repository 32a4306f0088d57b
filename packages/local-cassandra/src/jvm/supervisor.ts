import { type ChildProcess, fork } from "node:child_process";
import { rmSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { notStarted } from "../not-started.ts";
import type { SupervisorNotice, SupervisorOrder } from "./supervisor-messages.ts";

const SELF = fileURLToPath(import.meta.url);
const PROCESS = fileURLToPath(new URL(`./supervisor-process${extname(SELF)}`, import.meta.url));

/** The near end of the process that runs a cluster's JVMs and that ends them when this process ends. */
export class Supervisor {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #listeners = new Set<(notice: SupervisorNotice) => void>();
  readonly #jvms = new Map<number, number>();

  /** @param runFolder - Removed when the supervisor ends. */
  constructor(runFolder: string) {
    this.#child = fork(PROCESS, [runFolder], {
      // Its own session: Ctrl-C on the terminal is for this process to obey.
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      execArgv: [],
    });
    this.pid = this.#child.pid ?? 0;
    this.#gone = new Promise((resolve) => {
      this.#child.once("exit", () => {
        this.#killOrphans();
        rmSync(runFolder, { recursive: true, force: true, maxRetries: 5 });
        resolve();
      });
      this.#child.once("error", () => resolve());
    });
    this.#child.on("message", (notice: SupervisorNotice) => {
      if (notice.kind === "started") this.#jvms.set(notice.node, notice.pid);
      if (notice.kind === "exited") this.#jvms.delete(notice.node);
      for (const listener of this.#listeners) listener(notice);
    });
  }

  /** Starts a node's JVM. `died` is called with how it ended, once, unless `signal` was aborted before. */
  async start(
    order: Extract<SupervisorOrder, { kind: "start" }>,
    died: (how: string) => void,
    signal: AbortSignal,
  ): Promise<number> {
    const listener = (notice: SupervisorNotice) => {
      if (notice.kind === "exited" && notice.node === order.node) died(notice.how);
    };
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
    const answer = this.#await((notice) => notice.kind !== "keeping" && notice.node === order.node);
    this.#tell(order);
    const notice = await answer;
    if (notice.kind === "started") return notice.pid;
    throw notStarted(
      `${order.command} could not be run: ${notice.kind === "exited" ? notice.how : "no answer"}`,
      "Check the Java installation.",
    );
  }

  /** Kills a node's JVM; resolves when it is gone. */
  async kill(node: number): Promise<void> {
    if (!this.#jvms.has(node)) return;
    const answer = this.#await((notice) => notice.kind === "exited" && notice.node === node);
    this.#tell({ kind: "kill", node });
    await answer;
  }

  /** Lets this process end before its cluster without waiting for it; the cluster ends with it. */
  release(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Lets this process end, and the cluster go on. */
  async keep(): Promise<void> {
    const answer = this.#await((notice) => notice.kind === "keeping");
    this.#tell({ kind: "keep" });
    await answer;
    this.release();
  }

  /** Kills every JVM and removes the folder; resolves when that is done. */
  async stop(): Promise<void> {
    this.#child.ref();
    this.#child.channel?.ref();
    if (this.#child.connected) this.#tell({ kind: "stop" });
    await this.#gone;
  }

  #tell(order: SupervisorOrder): void {
    // A failed send means that it is gone, which `#gone` says to everyone who waits.
    this.#child.send(order, () => {});
  }

  #await(wanted: (notice: SupervisorNotice) => boolean): Promise<SupervisorNotice> {
    this.#child.channel?.ref();
    const { promise, resolve, reject } = Promise.withResolvers<SupervisorNotice>();
    const listener = (notice: SupervisorNotice) => {
      if (wanted(notice)) resolve(notice);
    };
    this.#listeners.add(listener);
    void this.#gone.then(() =>
      reject(notStarted("The process that supervises Cassandra was killed.", "Start the cluster again.")),
    );
    return promise.finally(() => {
      this.#listeners.delete(listener);
      this.#child.channel?.unref();
    });
  }

  /** The supervisor itself was killed: its JVMs must not stay behind. */
  #killOrphans(): void {
    for (const pid of this.#jvms.values()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Gone already.
      }
    }
    this.#jvms.clear();
  }
}
