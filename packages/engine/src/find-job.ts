import { type Job, type JobKind, RekeyError, type StateStore } from "@cassandra-rekey/core";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The id in the form that stores keep, or a clear error. */
export function jobIdFrom(text: string): string {
  const id = text.trim().toLowerCase();
  if (UUID.test(id)) return id;
  throw new RekeyError("USAGE.INVALID", `"${text.slice(0, 60)}" is not a job id`, {
    hint: "A job id is a UUID; `cassandra-rekey jobs` lists them.",
  });
}

/** What a job is looked for with. */
export interface JobSearch {
  readonly jobId: string | undefined;
  /** Kinds that count when no id is given. */
  readonly kinds: readonly JobKind[];
  /** Added to the error when the job is not there. */
  readonly hintWhenMissing?: string | undefined;
}

/** The job named, or the only unfinished one of the given kinds. */
export async function findJob(store: StateStore, search: JobSearch, signal: AbortSignal): Promise<Job> {
  if (search.jobId !== undefined) {
    const id = jobIdFrom(search.jobId);
    const job = await store.job(id, signal);
    if (job) return job;
    const details = search.hintWhenMissing ? { hint: search.hintWhenMissing } : {};
    throw new RekeyError("JOB.NOT_FOUND", `there is no job ${id} in the configured state store`, details);
  }
  const jobs = (await store.jobs(signal)).filter((job) => search.kinds.includes(job.kind));
  const unfinished = jobs.filter((job) => job.state !== "done");
  if (unfinished.length === 1) return unfinished[0]!;
  throw new RekeyError(
    "JOB.AMBIGUOUS",
    unfinished.length === 0
      ? `no --job-id was given and no job is unfinished${newestOf(jobs)}`
      : `no --job-id was given and ${unfinished.length} jobs are unfinished: ${unfinished.map((job) => job.id).join(", ")}`,
    jobs.length === 0
      ? { hint: `\`cassandra-rekey plan\` makes a job. ${search.hintWhenMissing ?? ""}`.trim() }
      : {},
  );
}

function newestOf(jobs: readonly Job[]): string {
  const [newest] = jobs;
  return newest ? `; the newest is ${newest.id} (${newest.state})` : "";
}
