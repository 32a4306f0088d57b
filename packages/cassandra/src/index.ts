export * from "./batch-grouping.ts";
export { createCellSink } from "./cell-sink.ts";
export { createCellSource } from "./cell-source.ts";
export * from "./cluster-inspector.ts";
export * from "./cluster-session.ts";
export { quoteIdentifier } from "./cql-text.ts";
export { fromDriverError, isUnknownOutcome } from "./driver-errors.ts";
export * from "./schema-reader.ts";
export * from "./table-facts.ts";
