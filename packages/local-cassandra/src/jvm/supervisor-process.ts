// Runs as a process of its own between the one that wants a cluster and the JVMs. When the first goes away, in
// whatever way, the channel to it closes: then the JVMs are killed and their folder is removed. Only node: modules
// here, so that it starts quickly and also runs from its TypeScript source.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import type { SupervisorNotice, SupervisorOrder } from "./supervisor-messages.ts";

const runFolder = process.argv[2] ?? "";
const running = new Map<number, ChildProcess>();
let keeping = false;
let stopping = false;

function tell(notice: SupervisorNotice): void {
  if (process.connected) process.send?.(notice, () => {});
}

function start(order: Extract<SupervisorOrder, { kind: "start" }>): void {
  const log = openSync(order.log, "a");
  const child = spawn(order.command, order.args, { cwd: order.folder, stdio: ["ignore", log, log] });
  closeSync(log);
  running.set(order.node, child);
  let ended = false;
  const end = (how: string) => {
    if (ended) return;
    ended = true;
    running.delete(order.node);
    tell({ kind: "exited", node: order.node, how });
    if (running.size === 0 && (stopping || keeping)) leave();
  };
  child.once("spawn", () => tell({ kind: "started", node: order.node, pid: child.pid ?? 0 }));
  child.once("error", (error) => end(error.message));
  child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
}

function stop(): void {
  stopping = true;
  // The data goes with the nodes, so there is nothing for an orderly end to save.
  for (const child of running.values()) child.kill("SIGKILL");
  if (running.size === 0) leave();
}

function leave(): void {
  rmSync(runFolder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

process.on("message", (order: SupervisorOrder) => {
  if (order.kind === "start" && !stopping) start(order);
  if (order.kind === "kill") running.get(order.node)?.kill("SIGKILL");
  if (order.kind === "stop") stop();
  if (order.kind === "keep") {
    keeping = true;
    tell({ kind: "keeping" });
  }
});
process.on("disconnect", () => {
  if (!keeping) stop();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
