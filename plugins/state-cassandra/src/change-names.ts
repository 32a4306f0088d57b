/**
 * How many names a row keeps, at the most: a change that a time-out left unknown is found behind all that were made on
 * top of it while it was asked for.
 */
const REMEMBERED = 20;

/** What a row says of its last changes by name, newest first; nothing before the first. */
export type ChangeNames = string | null;

/** The row's names after a change of that name. */
export function withChange(names: ChangeNames, change: string): string {
  return [change, ...listOf(names)].slice(0, REMEMBERED).join(" ");
}

/** Whether a change of that name is among the row's last. */
export function hasChange(names: ChangeNames, change: string): boolean {
  return listOf(names).includes(change);
}

function listOf(names: ChangeNames): readonly string[] {
  return names?.split(" ") ?? [];
}
