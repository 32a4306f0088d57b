#!/usr/bin/env node
import { main } from "cassandra-rekey";

// Where Acme's hosts have it; --config and REKEY_CONFIG say otherwise.
process.env.REKEY_CONFIG ??= "/etc/acme/rekey.yaml";

await main(import.meta.url);
