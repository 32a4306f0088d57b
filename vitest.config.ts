import { defineConfig } from "vitest/config";

const packages = ["core", "engine", "cassandra", "cli", "testkit", "local-cassandra", "envelope"].map(
  (name) => ({
    name,
    dir: `packages/${name}`,
    include: ["test/**/*.test.ts"],
  }),
);
const throttles = ["adaptive", "cluster-load", "latency", "probe", "rate", "schedule"];
const throttlePackages = throttles.map((name) => `throttle-${name}`);
const providers = [
  "provider-fernet",
  "provider-aes-gcm",
  "provider-plaintext",
  "provider-aws-kms",
  "provider-gcp-kms",
];
const hooks = ["audit-log", "opentelemetry", "prometheus", "webhook"].map((name) => `hook-${name}`);
const plugins = [...providers, "state-file", "state-cassandra", ...throttlePackages, ...hooks].map(
  (name) => ({
    name,
    dir: `plugins/${name}`,
    include: ["test/**/*.test.ts"],
  }),
);
const crossing = [
  { name: "create-plugin", dir: "packages/create-cassandra-rekey-plugin", include: ["test/*.test.ts"] },
  { name: "acme-bundle", dir: "examples/acme-bundle", include: ["test/*.test.ts"] },
  { name: "embedded", dir: "examples/embedded", include: ["test/*.test.ts"] },
  { name: "vault-transit-provider", dir: "examples/vault-transit-provider", include: ["test/*.test.ts"] },
  { name: "e2e", dir: "test", include: ["*.test.ts", "{chaos,compat,e2e}/**/*.test.ts"] },
  { name: "simulation", dir: "test", include: ["simulation/**/*.test.ts"] },
  { name: "snippets", dir: "docs/snippets", include: ["*.test.ts"] },
];
// What takes longer than an ordinary run has: clusters of several data centres, for example.
const patient =
  process.env.REKEY_TEST_TIMES === undefined && process.env.REKEY_TEST_VERSION === undefined
    ? []
    : [{ name: "nightly", dir: "test", include: ["nightly/*.test.ts"] }];

export default defineConfig({
  test: {
    // One Cassandra for all projects; started when the first test asks for it.
    globalSetup: ["./test/global-setup.ts"],
    setupFiles: [`${import.meta.dirname}/test/set-up.ts`],
    // A failed comparison of large values would otherwise take hours to be shown, and nothing can interrupt it.
    diff: { truncateThreshold: 2_000 },
    maxWorkers: 2,
    testTimeout: 120_000,
    // What is waited for comes when the machine gets to it: how long a test may take is for its own limit to say.
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 120_000,
    projects: [...packages, ...plugins, ...crossing, ...patient].map(({ name, dir, include }) => ({
      extends: true,
      test: {
        name,
        root: dir,
        include,
      },
    })),
  },
});
