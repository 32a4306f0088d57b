import { readFileSync } from "node:fs";
import { SAMPLE_EVENTS } from "@cassandra-rekey/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { METRICS } from "../src/index.ts";
import { type Sample, samplesOf } from "./exposition.ts";
import { openHook, scrape } from "./open-hook.ts";

const file = (name: string) =>
  readFileSync(new URL(`../../../docs/monitoring/${name}`, import.meta.url), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
}
interface Panel {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Variable {
  readonly name: string;
  readonly definition?: string;
}

const rules = (parse(file("alerts.yaml")) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const dashboard = JSON.parse(file("grafana-dashboard.json")) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};
const expressions: (readonly [where: string, expr: string])[] = [
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
];
const variables = dashboard.templating.list.filter(({ definition }) => definition !== undefined);

/** What comes out after one event of each type. */
let samples: readonly Sample[];
beforeAll(async () => {
  const { hook, url } = await openHook();
  await using _ = hook;
  for (const event of SAMPLE_EVENTS) await hook.on(event, 0);
  samples = samplesOf(await scrape(url));
});
const labelsOf = (name: string) =>
  new Set(samples.filter((sample) => sample.name === name).flatMap(({ labels }) => Object.keys(labels)));

describe("the dashboard and the alerts", () => {
  it.each(expressions)("%s: every metric comes out, with every label that is asked for", (_, expr) => {
    const selectors = [...expr.matchAll(/\b(cassandra_rekey_\w+)(?:\{([^}]*)\})?/g)];
    expect(selectors.length).toBeGreaterThan(0);
    const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
      list.split(/,\s*/),
    );
    for (const [, name = "", matchers = ""] of selectors) {
      const labels = labelsOf(name);
      expect(labels.size, `${name} comes out`).toBeGreaterThan(0);
      const matched = [...matchers.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label]) => label!);
      // Prometheus adds `instance` when it scrapes.
      const wanted = [...matched, ...grouped].filter((label) => label !== "instance");
      expect([...labels]).toEqual(expect.arrayContaining(wanted));
    }
    for (const [open, close] of ["()", "{}", "[]"])
      expect(expr.split(open!).length, "brackets match").toBe(expr.split(close!).length);
  });

  it("rates are of counters and histograms, and quantiles of histograms", () => {
    for (const [where, expr] of expressions) {
      for (const [, name = ""] of expr.matchAll(/\b(?:rate|increase)\((cassandra_rekey_\w+)/g))
        expect(name, where).toMatch(/_total$|_seconds_(bucket|sum|count)$/);
      if (expr.includes("histogram_quantile")) expect(expr, where).toMatch(/by \(le[,)].*_bucket/);
    }
  });

  it("values of labels that they name are ones that can come out", () => {
    const states = ["planned", "running", "paused", "done", "failed", "stopped", "stopped_by_error"];
    const known: Readonly<Record<string, readonly string[]>> = {
      state: [...states, "pending"],
      outcome: ["done", "dropped", "refused", "failed", "lost", "finished", "released", "retried"],
    };
    for (const [where, expr] of expressions)
      for (const [, label = "", values = ""] of expr.matchAll(/(\w+)=~?"([^"$]+)"/g))
        for (const value of values.split("|")) expect(known[label], `${where}: ${label}`).toContain(value);
  });

  it("leave no metric out", () => {
    const all = expressions.map(([, expr]) => expr).join("\n");
    expect(Object.keys(METRICS).filter((name) => !all.includes(name))).toEqual([]);
  });
});

describe("the dashboard", () => {
  it("asks for its variables' values where they are, and uses each of them", () => {
    for (const { name, definition = "" } of variables) {
      const [, metric = "", label = ""] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      expect([...labelsOf(metric)]).toContain(label);
      expect(expressions.some(([, expr]) => expr.includes(`$${name}`))).toBe(true);
    }
    expect(variables).toHaveLength(2);
  });

  it("shows labels that its queries keep, and no panel over another", () => {
    for (const { title, targets } of dashboard.panels)
      for (const { expr, legendFormat } of targets)
        for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
          expect(expr.includes(label) || label === "instance", `${title}: ${label}`).toBe(true);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe("the alerts", () => {
  it("each say what is wrong and what to do, of labels that their expression keeps", () => {
    for (const { alert, expr, labels, annotations } of rules) {
      expect(["page", "ticket"], alert).toContain(labels.severity);
      expect(annotations.action).toMatch(/\.$/);
      const [, kept = ""] = /\bby \(([^)]*)\)/.exec(expr) ?? [];
      for (const [, label = ""] of annotations.summary.matchAll(/\$labels\.(\w+)/g))
        expect(kept.split(/,\s*/), alert).toContain(label);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});
