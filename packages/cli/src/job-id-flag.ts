import { Flags } from "@oclif/core";

/** `--job-id`, for commands that work on one job. */
export const jobIdFlag = Flags.string({
  summary: "The job; may be left out when exactly one is unfinished.",
  helpValue: "<uuid>",
});
