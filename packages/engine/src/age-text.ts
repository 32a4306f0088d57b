import { UNKNOWN_WRITETIME } from "@cassandra-rekey/core";

/** An age as people say it: `14 s`, `20 min`, `5 h`, `3 days`. */
export function ageText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.round(whole / 60)} min`;
  if (whole < 172_800) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86_400)} days`;
}

/** When the newest of some cells was written, as a report says it: `newest 5 h ago`. */
export function newestText(writetime: bigint, wallMs: number): string {
  if (writetime === UNKNOWN_WRITETIME) return "written at a time that the server does not tell";
  const ageSeconds = (wallMs - Number(writetime / 1000n)) / 1000;
  return ageSeconds < 0 ? "newest dated in the future" : `newest ${ageText(ageSeconds)} ago`;
}

/** A duration as {@link ageText}, with minutes where a rounded hour would mislead: `3 h 20 min`. */
export function durationText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60 || minutes >= 48 * 60 || minutes % 60 === 0) return ageText(seconds);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
