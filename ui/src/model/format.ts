// Numbers and times as people read them. Pure.

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** `3.2 GB`. Memory and files are both counted by 1024, as the tools people compare with do. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 || Number.isInteger(round(value, 1)) ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `1.2 MB/s`; nothing for what cannot be known. */
export function formatRate(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? '' : `${formatBytes(Math.round(bytesPerSecond))}/s`;
}

/** `1st`, `2nd`, `3rd`, `11th`: a place in a line. */
export function formatPlace(place: number): string {
  const teen = place % 100 >= 11 && place % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${place}${ending}`;
}

/** `14:05`, in the reader's own way. */
export function formatClock(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

/** `0.3`, `2`, `12`: processors in use or allowed. */
export function formatCpus(cpus: number): string {
  const value = round(Math.max(0, cpus), cpus < 9.95 ? 1 : 0);
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** `1 person`, `3 people`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** How long: `just now` is left to the caller; `40 s`, `12 min`, `3 h`, `5 days`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** `just now`, `12 min ago`, `5 days ago`; `never` for nothing. */
export function formatAgo(at: string | null, now: number): string {
  if (at === null) return 'never';
  const age = now - Date.parse(at);
  return age < 15_000 ? 'just now' : `${formatSpan(age)} ago`;
}

/** The exact moment, in the reader's own way of writing times. */
export function formatMoment(at: string | null): string {
  return at === null ? '' : new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
