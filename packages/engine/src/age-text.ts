/** An age as people say it: `14 s`, `20 min`, `5 h`, `3 days`. */
export function ageText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.round(whole / 60)} min`;
  if (whole < 172_800) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86_400)} days`;
}

/** A duration as {@link ageText}, with minutes where a rounded hour would mislead: `3 h 20 min`. */
export function durationText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60 || minutes >= 48 * 60 || minutes % 60 === 0) return ageText(seconds);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
