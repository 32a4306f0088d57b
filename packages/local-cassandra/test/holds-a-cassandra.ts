// A process to be killed: starts a Cassandra, tells its parent about it, and waits.
import { startCassandra } from "../src/index.ts";

const cassandra = await startCassandra({ from: ["jvm"], heap: "512m" });
const [node] = cassandra.nodes;
process.send?.({ pid: node?.pid, folder: node?.folder });
setInterval(() => {}, 60_000);
