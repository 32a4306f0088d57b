import { describe, expect, it } from "vitest";
import { progressLines } from "../src/progress/bar-progress.ts";
import { createProgressView } from "../src/progress/create-progress-view.ts";
import { Screen } from "../src/terminal/screen.ts";
import { noStyle } from "../src/terminal/style.ts";
import { FakeStream } from "./fake-stream.ts";
import { JOB_ID, runProgress, usersTable } from "./reports.ts";

describe("progress on a terminal", () => {
  it("is a bar for each table, and rate, time left, permits and reason below", () => {
    const small = { ...usersTable, name: "accounts", fraction: 0, rows: { ...usersTable.rows, scanned: 0 } };
    const lines = progressLines(
      runProgress({ tables: [usersTable, small], waiting: "read p99 61 ms is above 50 ms" }),
      noStyle,
    );
    expect(lines).toEqual([
      "app.users     [##################------]   75.0 %  120,000 rows  12/16 chunks",
      "app.accounts  [------------------------]    0.0 %        0 rows  12/16 chunks",
      "16,300 rows/s  ETA 2 min 5 s  16 permits  waiting: read p99 61 ms is above 50 ms",
    ]);
  });

  it("fits into a narrow terminal: bars give way first, then names, then bars are gone", () => {
    const long = { ...usersTable, name: "accounts_of_the_archive", fraction: 1 };
    const progress = runProgress({ tables: [usersTable, long], waiting: "read p99 61 ms is above 50 ms" });
    expect(progressLines(progress, noStyle, 79)).toEqual([
      "app.users                    [########---]   75.0 %  120,000 rows  12/16 chunks",
      "app.accounts_of_the_archive  [###########]  100.0 %  120,000 rows  12/16 chunks",
      "16,300 rows/s  ETA 2 min 5 s  16 permits",
      "waiting: read p99 61 ms is above 50 ms",
    ]);
    expect(progressLines(progress, noStyle, 60).slice(0, 2)).toEqual([
      "app.users      [####--]   75.0 %  120,000 rows  12/16 chunks",
      "…_the_archive  [######]  100.0 %  120,000 rows  12/16 chunks",
    ]);
    expect(progressLines(progress, noStyle, 50).slice(0, 2)).toEqual([
      "app.users       75.0 %  120,000 rows  12/16 chunks",
      "…_the_archive  100.0 %  120,000 rows  12/16 chunks",
    ]);
  });

  it("tells the rates of this process and of the others apart, because rows are everybody's", () => {
    const line = (others: { processes: number; rowsPerSecond: number }) =>
      progressLines(runProgress({ others }), noStyle).at(-1);
    expect(line({ processes: 0, rowsPerSecond: 0 })).toMatch(/^16,300 rows\/s {2}ETA/);
    expect(line({ processes: 1, rowsPerSecond: 7.5 })).toMatch(
      /^16,300 rows\/s here, 7\.5 rows\/s in 1 other process {2}/,
    );
    expect(line({ processes: 3, rowsPerSecond: 9000 })).toContain("9,000 rows/s in 3 other processes");
  });

  it("is drawn in place", () => {
    const stream = new FakeStream({ isTTY: true });
    const view = createProgressView(new Screen(stream, noStyle), false, () => 0);
    view.update(runProgress());
    view.update(runProgress());
    expect(stream.text).toContain("\u001b[2A");
  });
});

describe("progress elsewhere", () => {
  const setUp = () => {
    const clock = { ms: 0 };
    const stream = new FakeStream();
    return { clock, stream, view: createProgressView(new Screen(stream, noStyle), false, () => clock.ms) };
  };
  const lineCount = (text: string) => text.split("\n").length - 1;

  it("is a whole line at first and then every five seconds", () => {
    const { clock, stream, view } = setUp();
    view.update(runProgress({ etaMs: undefined }));
    expect(stream.text).toBe(
      `rekey ${JOB_ID}  75.0 %  120,000 rows  16,300 rows/s  ETA unknown  16 permits\n`,
    );
    clock.ms = 4999;
    view.update(runProgress());
    expect(lineCount(stream.text)).toBe(1);
    clock.ms = 5000;
    view.update(runProgress());
    expect(lineCount(stream.text)).toBe(2);
  });

  it("is said at once when the run comes to another phase", () => {
    const { stream, view } = setUp();
    view.update(runProgress());
    view.update(runProgress({ phase: "paused" }));
    expect(stream.text).toMatch(/\n.*paused\n$/);
  });

  it("ends with what was not said yet, and only that", () => {
    const { clock, stream, view } = setUp();
    view.update(runProgress());
    clock.ms = 1000;
    view.update(runProgress({ rowsPerSecond: 7 }));
    view.close();
    view.close();
    expect(lineCount(stream.text)).toBe(2);
    expect(stream.text).toContain("7.0 rows/s");
  });
});

it("with --json there is none", () => {
  const stream = new FakeStream({ isTTY: true });
  const view = createProgressView(new Screen(stream, noStyle), true, () => 0);
  view.update(runProgress());
  view.close();
  expect(stream.text).toBe("");
});
