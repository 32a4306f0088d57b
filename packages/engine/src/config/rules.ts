import type { ClusterInput } from "./cluster-schema.ts";
import { parseContactPoint } from "./contact-point.ts";
import type { ExecutionInput } from "./execution-schema.ts";
import { type Findings, NO_FINDINGS } from "./findings.ts";
import { keyringRules } from "./keyring-rules.ts";
import { keyringUseRules } from "./keyring-use-rules.ts";
import type { Problem } from "./problem.ts";
import type { Sections } from "./sections.ts";
import type { ConfigPath } from "./settings.ts";
import { tableRules } from "./table-rules.ts";

/** Everything that a schema cannot say: what contradicts, repeats or cancels something else. */
export function checkRules(sections: Sections): Findings {
  const { cluster, execution } = sections;
  const found = [
    cluster ? clusterRules(cluster) : NO_FINDINGS,
    keyringRules(sections),
    keyringUseRules(sections),
    tableRules(sections.tables, cluster?.keyspace),
    execution ? executionRules(execution) : NO_FINDINGS,
  ];
  return {
    problems: found
      .flatMap((findings) => findings.problems)
      .filter((problem) => !sections.faults.some((fault) => concerns(fault, problem))),
    warnings: found.flatMap((findings) => findings.warnings),
  };
}

/** Whether a problem is about a value that is reported already: it stands there, or says that it is missing. */
function concerns(fault: ConfigPath, { path, what }: Problem): boolean {
  if (fault.every((segment, index) => path[index] === segment)) return true;
  const section = fault.slice(0, fault[0] === "tables" || fault[0] === "keyrings" ? 2 : 1);
  const name = fault.findLast((segment) => typeof segment === "string");
  return section.every((segment, index) => path[index] === segment) && new RegExp(`\\b${name}\\b`).test(what);
}

function clusterRules(cluster: ClusterInput): Findings {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const problem = (key: string, what: string) => problems.push({ path: ["cluster", key], what });

  cluster.contact_points.forEach((point, index) => {
    if (parseContactPoint(point, cluster.port)) return;
    problems.push({
      path: ["cluster", "contact_points", index],
      what: 'must be "host" or "host:port", with a port from 1 to 65535',
    });
  });
  if (cluster.username !== undefined && cluster.username_env !== undefined) {
    problem("username_env", "contradicts username; give one of the two");
  }
  const passwords = (["password", "password_env", "password_file"] as const).filter(
    (key) => cluster[key] !== undefined,
  );
  const [first, second] = passwords;
  if (first && second) problem(second, `contradicts ${first}; give one of them`);
  const named = cluster.username !== undefined || cluster.username_env !== undefined;
  if (first && !named) problem(first, "needs username or username_env");
  if (named && !first) {
    const name = cluster.username === undefined ? "username_env" : "username";
    problem(name, "needs password_env, password_file or password");
  }
  if (cluster.password !== undefined) {
    warnings.push({
      path: ["cluster", "password"],
      what: "is in plain text; password_env or password_file keeps it out of this file",
    });
  }
  if (typeof cluster.tls === "object") {
    const { cert_file, key_file, passphrase_env } = cluster.tls;
    const tls = (key: string, what: string) => problems.push({ path: ["cluster", "tls", key], what });
    if (cert_file !== undefined && key_file === undefined) tls("cert_file", "needs key_file");
    if (key_file !== undefined && cert_file === undefined) tls("key_file", "needs cert_file");
    if (passphrase_env !== undefined && key_file === undefined) tls("passphrase_env", "needs key_file");
    if (!cluster.tls.check_hostname) {
      warnings.push({
        path: ["cluster", "tls", "check_hostname"],
        what: "is off: any host with a certificate of that authority can pose as a node",
      });
    }
  }
  return { problems, warnings };
}

function executionRules(execution: ExecutionInput): Findings {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const { checkpoint_interval_ms: interval, lease_seconds: lease } = execution;
  if (interval !== undefined && interval > (lease * 1000) / 2) {
    problems.push({
      path: ["execution", "checkpoint_interval_ms"],
      what: `must be at most half of lease_seconds (${lease} s), because a checkpoint also renews the lease`,
    });
  }
  if (execution.pause_on_backpressure && execution.read_p99_threshold_ms === undefined) {
    warnings.push({
      path: ["execution", "pause_on_backpressure"],
      what: "has no effect without read_p99_threshold_ms",
    });
  }
  return { problems, warnings };
}
