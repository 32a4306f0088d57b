import { defineConfig } from "vitest/config";

const packages = ["core", "engine", "cassandra", "cli", "testkit", "local-cassandra"].map((name) => ({
  name,
  dir: `packages/${name}`,
}));
const plugins = ["provider-fernet", "state-file", "state-cassandra", "throttle-latency"].map((name) => ({
  name,
  dir: `plugins/${name}`,
}));
const crossing = [{ name: "e2e", dir: "test" }];

export default defineConfig({
  test: {
    // One Cassandra for all projects; started when the first test asks for it.
    globalSetup: ["./test/global-setup.ts"],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [...packages, ...plugins, ...crossing].map(({ name, dir }) => ({
      extends: true,
      test: {
        name,
        root: dir,
        include: ["test/**/*.test.ts", "*.test.ts", "e2e/**/*.test.ts"].slice(0, name === "e2e" ? 3 : 1),
      },
    })),
  },
});
