export type * from "./engine.ts";
export type * from "./reports.ts";
