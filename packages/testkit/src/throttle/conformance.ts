import type { Throttle } from "@cassandra-rekey/core";
import type { ManualClock } from "../simulation/index.ts";

/** The throttle to be held to the contract. */
export interface ThrottleConformance {
  readonly name: string;
  /** Makes it on the suite's clock. The suite disposes of it. */
  readonly create: (clock: ManualClock) => Promise<Throttle>;
  /** Makes it hold back: by samples, or by what it looks at itself. May let time pass. */
  readonly press: (throttle: Throttle, clock: ManualClock) => Promise<void>;
  /** Takes the pressure away, and lets pass the time that the throttle needs to see it. */
  readonly relieve: (throttle: Throttle, clock: ManualClock) => Promise<void>;
  /**
   * `samples`: it knows what it observes and nothing else, so that a hold, under which nothing is read, must end by
   * itself. `itself`: it looks at something else, and may hold for as long as it likes.
   */
  readonly measures: "samples" | "itself";
}
