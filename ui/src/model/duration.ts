// Times as they are typed and read: a count and a unit. Pure.
import type { IdleRule } from '../api/types';

export const UNITS = ['minutes', 'hours', 'days'] as const;
export type Unit = (typeof UNITS)[number];

const SECONDS: Record<Unit, number> = { minutes: 60, hours: 3600, days: 86_400 };

/** `7200` → 2 hours; the greatest unit that needs no fraction. */
export function splitDuration(seconds: number): { count: number; unit: Unit } {
  const unit = [...UNITS].reverse().find((other) => seconds % SECONDS[other] === 0) ?? 'minutes';
  return { count: seconds / SECONDS[unit], unit };
}

/** What was typed, in whole seconds: empty is null, what is no time is undefined. */
export function joinDuration(text: string, unit: Unit): number | null | undefined {
  const trimmed = text.trim().replace(',', '.');
  if (trimmed === '') return null;
  const count = Number(trimmed);
  return Number.isFinite(count) && count > 0 ? Math.max(1, Math.round(count * SECONDS[unit])) : undefined;
}

/** `2 hours`, `1 day`, `90 minutes`, `45 seconds`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60 || (seconds < 600 && seconds % 60 !== 0)) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const { count, unit } = splitDuration(seconds);
  const shown = Number(count.toFixed(1));
  return shown === 1 ? `1 ${unit.slice(0, -1)}` : `${shown} ${unit}`;
}

/** What the rules mean, sentence by sentence; `now` makes an example of a time of day. */
export function ruleWords(rules: Partial<IdleRule>, now: number, clock: (at: number) => string): string[] {
  const { idle_seconds: idle = null, busy_silent_seconds: silent = null, max_age_seconds: age = null, warn_seconds: warn = null } = rules;
  const words: string[] = [];
  if (idle !== null) {
    words.push(`A server that nobody used for ${formatDuration(idle)} is stopped. One last used just now stops at ${clock(now + idle * 1000)}.`);
    if (silent === null) words.push('A server with a running cell counts as used, however long it runs.');
  }
  if (silent !== null) words.push(`A running cell that prints nothing for ${formatDuration(silent)} no longer counts as use.`);
  if (age !== null) words.push(`No server runs longer than ${formatDuration(age)}.`);
  if (words.length === 0) return ['No server is stopped by itself.'];
  words.push(warn ? `People are told ${formatDuration(warn)} before, and can keep their server awake.` : 'Nobody is told before.');
  return words;
}
