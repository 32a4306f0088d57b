import { describeThrottle, ManualClock } from "@cassandra-rekey/testkit";
import { describe, expect, it, test } from "vitest";
import { scheduleOptions } from "../src/index.ts";
import { ScheduleThrottle } from "../src/schedule-throttle.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

// The virtual clock starts at midnight UTC, 1 January 2026, a Thursday.
describeThrottle(
  { describe, it },
  {
    name: "the schedule throttle",
    create: async (clock) =>
      new ScheduleThrottle({ windows: [{ start: "0 22 * * *", hours: 8 }], time_zone: "UTC" }, clock),
    press: (_, clock) => clock.advance(nextAt(clock, 12)),
    relieve: (_, clock) => clock.advance(nextAt(clock, 23)),
    measures: "itself",
  },
);

/** Milliseconds until it is that hour in UTC. */
function nextAt(clock: ManualClock, hour: number): number {
  return (hour * HOUR_MS - (clock.wallMs() % DAY_MS) + DAY_MS) % DAY_MS;
}

function openHours(options: object, fromMs: number, hours: number): string {
  const clock = { wallMs: () => 0 };
  const throttle = new ScheduleThrottle(scheduleOptions.parse(options), clock);
  return Array.from({ length: hours }, (_, hour) => {
    clock.wallMs = () => fromMs + hour * HOUR_MS;
    return throttle.limit().hold === undefined ? "#" : ".";
  }).join("");
}

test("nights and weekends only, in the zone's own time", () => {
  const windows = [
    { start: "0 20 * * 1-4", hours: 10 },
    { start: "0 20 * * 5", hours: 58 },
  ];
  // From Thursday, 15 January 2026, 18:00 in Berlin (17:00 UTC), hour by hour.
  const seen = openHours({ windows, time_zone: "Europe/Berlin" }, Date.UTC(2026, 0, 15, 17), 4 * 24);
  const thursdayNight = `..${"#".repeat(10)}`;
  const friday = ".".repeat(14);
  const weekend = "#".repeat(58);
  expect(seen).toBe((thursdayNight + friday + weekend).padEnd(4 * 24, "."));
});

test("a window opens at its local hour on both sides of a change of summer time", () => {
  const options = { windows: [{ start: "0 3 * * *", hours: 1 }], time_zone: "Europe/Berlin" };
  // Summer time begins in the night to Sunday, 29 March 2026: 03:00 is 02:00 UTC the day before, 01:00 UTC that day.
  expect(openHours(options, Date.UTC(2026, 2, 28, 0), 5)).toBe("..#..");
  expect(openHours(options, Date.UTC(2026, 2, 29, 0), 5)).toBe(".#...");
});

test("overlapping windows are open as long as any of them", () => {
  const windows = [
    { start: "0 1 * * *", hours: 2 },
    { start: "0 2 * * *", hours: 3 },
  ];
  expect(openHours({ windows }, Date.UTC(2026, 0, 1), 7)).toBe(".####..");
});

test("what it says when it holds: until when, and by which clock", () => {
  const clock = { wallMs: () => Date.UTC(2026, 0, 1, 12) };
  const options = { windows: [{ start: "30 21 * * *", hours: 8 }], time_zone: "Europe/Berlin" };
  expect(new ScheduleThrottle(options, clock).limit()).toEqual({
    hold: "throttle-schedule: no window is open until 2026-01-01 21:30 (Europe/Berlin)",
  });
});

test("a wall clock that is set back is believed", () => {
  const clock = new ManualClock();
  const throttle = new ScheduleThrottle(
    { windows: [{ start: "0 1 * * *", hours: 1 }], time_zone: "UTC" },
    clock,
  );
  clock.stepWall(1.5 * HOUR_MS);
  expect(throttle.limit()).toEqual({});
  clock.stepWall(-HOUR_MS);
  expect(throttle.limit().hold).toContain("until 2026-01-01 01:00");
});

test.each([
  [{}, "windows"],
  [{ windows: [] }, "windows"],
  [{ windows: [{ start: "22:00", hours: 8 }] }, "cron pattern of five fields"],
  [{ windows: [{ start: "* 0 22 * * *", hours: 8 }] }, "cron pattern of five fields"],
  [{ windows: [{ start: "0 22 * * *", hours: 0 }] }, "hours"],
  [{ windows: [{ start: "0 22 * * *", hours: 8 }], time_zone: "Berlin" }, "name of a time zone"],
  [{ windows: [{ start: "0 22 * * *", hours: 8 }], timezone: "UTC" }, "timezone"],
])("%j is refused", (options, problem) => {
  expect(JSON.stringify(scheduleOptions.safeParse(options).error?.issues)).toContain(problem);
});
