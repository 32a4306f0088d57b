export { main, type Terminal } from "./main.ts";
export type { PluginRequest } from "./plugin-request.ts";
export { writePackage } from "./write-package.ts";
