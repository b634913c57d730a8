// The history of a server: its lines, asked for and told, as one list. Pure.
import type { ServerEntry } from '../api/types';

const BAD = ['fail', 'out_of_memory', 'gone', 'exited', 'killed', 'error', 'lost'];
const GOOD = ['ready', 'adopted', 'back', 'fixed'];

/** Whether a line is of something good, something bad, or neither. The kinds are the hub's; new ones are neither. */
export function entryTone(kind: string): 'good' | 'bad' | 'plain' {
  if (BAD.some((word) => kind.includes(word))) return 'bad';
  return GOOD.some((word) => kind.includes(word)) ? 'good' : 'plain';
}

/** Both lists in one, each line once, the newest first. */
export function joinEntries(asked: readonly ServerEntry[], told: readonly ServerEntry[]): ServerEntry[] {
  const byId = new Map([...asked, ...told].map((entry) => [entry.id, entry]));
  return [...byId.values()].sort((a, b) => b.id - a.id);
}
