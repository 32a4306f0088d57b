const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size in the largest unit of which there is one: `312 bytes`, `4.2 MiB`, `120 GiB`. */
export function formatBytes(bytes: number): string {
  let size = Math.max(0, bytes);
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`;
}
