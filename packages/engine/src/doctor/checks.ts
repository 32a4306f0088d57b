import { isRekeyError } from "@cassandra-rekey/core";
import type { DoctorCheck } from "../reports.ts";

/** Collects checks; an error of one becomes its failure and does not keep the others from running. */
export class Checks {
  readonly list: DoctorCheck[] = [];

  add(...checks: readonly DoctorCheck[]): void {
    this.list.push(...checks);
  }

  ok(check: string, message: string, table?: string): void {
    this.add({ level: "OK", check, message, ...(table !== undefined && { table }) });
  }

  warn(check: string, message: string, next: string, table?: string): void {
    this.add({ level: "WARN", check, message, next, ...(table !== undefined && { table }) });
  }

  fail(check: string, message: string, next: string, table?: string): void {
    this.add({ level: "FAIL", check, message, next, ...(table !== undefined && { table }) });
  }

  /**
   * Runs a check; tells whether it came through without an error. `next` replaces the hints of errors, by their code,
   * that would only send people to the doctor.
   */
  async attempt(
    check: string,
    body: () => Promise<void>,
    table?: string,
    next: Readonly<Record<string, string>> = {},
  ): Promise<boolean> {
    try {
      await body();
      return true;
    } catch (error) {
      // Who was stopped has found nothing.
      if (!isRekeyError(error) || error.code === "INTERRUPTED") throw error;
      const message = [error.message, ...error.problems].join("; ");
      this.fail(check, message, next[error.code] ?? error.hint, table);
      return false;
    }
  }
}
