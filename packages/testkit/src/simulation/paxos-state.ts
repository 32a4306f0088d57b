import type { StoredChange } from "./stored-change.ts";

/** The number of a round. Of two that were made in the same microsecond neither comes after the other. */
export interface Ballot {
  readonly micros: bigint;
}

/** What a round wants to be decided. */
export interface Proposal {
  readonly ballot: Ballot;
  /** Stamped with the ballot; nothing for a round that reads, or whose condition did not hold. */
  readonly change: StoredChange | undefined;
  /** Told when the change is decided, with its timestamps; again when a later round decides it with newer ones. */
  readonly onDecided: (change: StoredChange) => void;
}

/** What one replica knows of the transactions on one partition. */
export class PaxosState {
  #promised: Ballot = { micros: 0n };
  accepted: Proposal | undefined;
  /** The latest one that was decided. */
  committed: Proposal | undefined;

  /** Promises to take part in nothing older; or tells the newer ballot that it promised before. */
  prepare(ballot: Ballot): Ballot | undefined {
    if (ballot.micros <= this.#promised.micros) return this.#promised;
    this.#promised = ballot;
    return undefined;
  }

  propose(proposal: Proposal): boolean {
    const { ballot } = proposal;
    if (ballot !== this.#promised && ballot.micros <= this.#promised.micros) return false;
    this.#promised = ballot;
    this.accepted = proposal;
    return true;
  }

  commit(proposal: Proposal): void {
    if (isAfter(proposal, this.committed)) this.committed = proposal;
    if (this.accepted && !isAfter(this.accepted, this.committed)) this.accepted = undefined;
  }
}

/** Whether a proposal is newer than another; anything is newer than none. */
export function isAfter(proposal: Proposal, other: Proposal | undefined): boolean {
  return !other || proposal.ballot.micros > other.ballot.micros;
}

/** The newest of those that there are. */
export function newestOf(proposals: readonly (Proposal | undefined)[]): Proposal | undefined {
  return proposals.reduce((newest, other) => (other && isAfter(other, newest) ? other : newest), undefined);
}
