import type * as Api from "@opentelemetry/api";

/** Whether an SDK is registered that spans go to. Until then the API answers with a proxy of nothing. */
export function isTracing({ trace, ProxyTracerProvider }: typeof Api): boolean {
  const provider = trace.getTracerProvider() as Partial<Api.ProxyTracerProvider>;
  return provider.getDelegate?.() !== new ProxyTracerProvider().getDelegate();
}

/** Whether an SDK is registered that metrics go to. */
export function isMetering({ metrics, createNoopMeter }: typeof Api): boolean {
  const meter = metrics.getMeterProvider().getMeter("cassandra-rekey");
  return meter.constructor !== createNoopMeter().constructor;
}
