import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { METRICS, type MetricDefinition, type MetricName } from "./metrics.ts";

type Labels = Readonly<Record<string, string>>;

/** The metrics of one run, by name. */
export class RunRegistry {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor({ processMetrics }: { readonly processMetrics: boolean }) {
    for (const [name, definition] of Object.entries<MetricDefinition>(METRICS)) {
      const { type, help, labels, buckets } = definition;
      const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
      if (type === "counter") this.#counters.set(name, new Counter(common));
      if (type === "gauge") this.#gauges.set(name, new Gauge(common));
      if (type === "histogram")
        this.#histograms.set(name, new Histogram({ ...common, buckets: [...(buckets ?? [])] }));
    }
    if (processMetrics) collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  count(name: MetricName, labels: Labels, by = 1): void {
    this.#counters.get(name)?.inc(labels, by);
  }

  set(name: MetricName, labels: Labels, value: number): void {
    this.#gauges.get(name)?.set(labels, value);
  }

  /** Forgets all values of a gauge. */
  reset(name: MetricName): void {
    this.#gauges.get(name)?.reset();
  }

  observe(name: MetricName, labels: Labels, seconds: number): void {
    this.#histograms.get(name)?.observe(labels, seconds);
  }

  /** In the text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
