#!/usr/bin/env -S node --heap-growing-percent=40 --max-semi-space-size=8
import { main } from "../dist/main.js";

await main(import.meta.url);
