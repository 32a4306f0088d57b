import { readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

// What Cassandra reaches into; the JDK closed these in Java 16.
const EXPORTS = [
  "java.base/java.lang.ref",
  "java.base/jdk.internal.misc",
  "java.base/jdk.internal.ref",
  "java.base/sun.nio.ch",
  "java.management.rmi/com.sun.jmx.remote.internal.rmi",
  "java.rmi/sun.rmi.registry",
  "java.rmi/sun.rmi.server",
  "java.sql/java.sql",
  "jdk.unsupported/sun.misc",
];
const OPENS = [
  "java.base/java.io",
  "java.base/java.lang",
  "java.base/java.lang.module",
  "java.base/java.lang.reflect",
  "java.base/java.net",
  "java.base/java.nio",
  "java.base/java.util",
  "java.base/java.util.concurrent",
  "java.base/java.util.concurrent.atomic",
  "java.base/jdk.internal.loader",
  "java.base/jdk.internal.math",
  "java.base/jdk.internal.module",
  "java.base/jdk.internal.ref",
  "java.base/jdk.internal.reflect",
  "java.base/jdk.internal.util.jar",
  "java.base/sun.nio.ch",
  "java.rmi/sun.rmi.transport.tcp",
  "jdk.management/com.sun.management.internal",
];

/** Arguments that open the JDK to Cassandra. */
export function moduleArguments(javaMajor: number): readonly string[] {
  const open = [
    ...EXPORTS.flatMap((name) => ["--add-exports", `${name}=ALL-UNNAMED`]),
    ...OPENS.flatMap((name) => ["--add-opens", `${name}=ALL-UNNAMED`]),
  ];
  return javaMajor >= 17 ? [...open, "-Djava.security.manager=allow"] : open;
}

/** The one with the smallest footprint and start: for a test, which does not mind a pause now and then. */
const SMALLEST_COLLECTOR = "-XX:+UseSerialGC";
/** The JVM takes one only. */
const COLLECTOR = /^-XX:\+Use\w+GC$/;

/** What a node's JVM is started with. */
export interface DaemonSetting {
  readonly javaMajor: number;
  readonly jars: string;
  readonly folder: string;
  readonly heap: string;
  readonly jmxPort: number;
  readonly more: readonly string[];
}

/** The arguments of one node, from the heap to the main class. */
export function daemonArguments(setting: DaemonSetting): readonly string[] {
  const { folder, heap, jars } = setting;
  return [
    `-Xms${heap}`,
    `-Xmx${heap}`,
    "-Xss512k",
    ...(setting.more.some((argument) => COLLECTOR.test(argument)) ? [] : [SMALLEST_COLLECTOR]),
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:+PerfDisableSharedMem",
    "-XX:-UsePerfData",
    "-Xlog:disable",
    ...agentArguments(jars),
    ...moduleArguments(setting.javaMajor),
    "-Djdk.attach.allowAttachSelf=true",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Djava.awt.headless=true",
    `-Djava.io.tmpdir=${join(folder, "tmp")}`,
    `-Duser.home=${folder}`,
    `-Dcassandra.config=file://${join(folder, "conf", "cassandra.yaml")}`,
    `-Dcassandra.storagedir=${folder}`,
    `-Dcassandra.logdir=${join(folder, "log")}`,
    `-Dcassandra.jmx.local.port=${setting.jmxPort}`,
    "-Dcassandra-foreground=yes",
    "-Dcassandra.ring_delay_ms=1000",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    "-Dcassandra.superuser_setup_delay_ms=0",
    "-Dcassandra.auth_bcrypt_gensalt_log2_rounds=4",
    ...setting.more,
    "-cp",
    classPath(jars, folder),
    "org.apache.cassandra.service.CassandraDaemon",
  ];
}

/** The arguments of nodetool for a node of this machine. */
export function nodetoolArguments(
  setting: Pick<DaemonSetting, "javaMajor" | "jars" | "folder" | "jmxPort">,
  args: readonly string[],
): readonly string[] {
  return [
    "-Xmx96m",
    "-XX:TieredStopAtLevel=1",
    ...moduleArguments(setting.javaMajor),
    `-Duser.home=${setting.folder}`,
    "-Dlogback.configurationFile=logback-tools.xml",
    `-Dcassandra.config=file://${join(setting.folder, "conf", "cassandra.yaml")}`,
    "-cp",
    classPath(setting.jars, setting.folder),
    "org.apache.cassandra.tools.NodeTool",
    "-h",
    "127.0.0.1",
    "-p",
    String(setting.jmxPort),
    ...args,
  ];
}

function classPath(jars: string, folder: string): string {
  return [join(folder, "conf"), join(jars, "*")].join(delimiter);
}

function agentArguments(jars: string): readonly string[] {
  const jamm = readdirSync(jars).find((name) => name.startsWith("jamm-"));
  return jamm ? [`-javaagent:${join(jars, jamm)}`] : [];
}
