import { Flags } from "@oclif/core";

/** `--job-id`, for commands about what a job left behind. */
export const quarantineJobFlag = Flags.string({
  summary: "The job; the newest one that rewrites cells when left out.",
  helpValue: "<uuid>",
});
