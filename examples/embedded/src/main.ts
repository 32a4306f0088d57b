// node src/main.ts config.yaml: serves on 127.0.0.1:8080 until SIGTERM, which finishes the pages in hand.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { openRotation } from "./open-rotation.ts";
import { rotationService } from "./service.ts";

const say = (level: string) => (fields: object, message: string) =>
  console.error(JSON.stringify({ level, message, ...fields }));
const logger = { debug() {}, info: say("info"), warn: say("warn"), error: say("error") };

const configuration = await readFile(process.argv[2] ?? "config.yaml", "utf8");
await using rotation = await openRotation(configuration, { logger, env: process.env });
const server = rotationService(rotation).listen(8080, "127.0.0.1");
await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
server.close();
