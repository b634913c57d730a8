// Homes: the files of people's servers. Pure.
import { HubError } from '../api/errors';
import type { Home } from '../api/types';

/** What is done with a home in a dialog. */
export type HomeAct = 'restore' | 'delete';

const WORDS: Record<Home['status'], string> = { in_use: 'In use', kept: 'Kept', archived: 'Archived', orphan: 'Nobody’s', container: 'In a container' };

export function homeStatus(home: Home): string {
  return WORDS[home.status];
}

/** `ada`, `ada · gpu`, or where it is known only by its place. */
export function homeTitle(home: Home): string {
  if (home.user === null) return home.home;
  return home.server ? `${home.user} · ${home.server}` : home.user;
}

/** What must be typed before it is deleted. */
export function homeSecret(home: Home): string {
  return home.user ?? home.home;
}

/** Those without an owner first, then what is kept, then what is in use; by name within. */
export function orderedHomes(homes: readonly Home[]): Home[] {
  const rank: Record<Home['status'], number> = { orphan: 0, container: 0, kept: 1, archived: 2, in_use: 3 };
  return homes.toSorted((a, b) => rank[a.status] - rank[b.status] || homeTitle(a).localeCompare(homeTitle(b)));
}

/** How many bytes are known, and of how many homes they are not. */
export function measured(homes: readonly Home[]): { bytes: number; unknown: number } {
  const known = homes.flatMap((home) => (home.bytes === null ? [] : [home.bytes]));
  return { bytes: known.reduce((sum, bytes) => sum + bytes, 0), unknown: homes.length - known.length };
}

/** Where it is, from the root on: archives are named within the data folder. */
export function homePlace(home: Home, dataDir: string): string {
  return home.place === '' || home.place.startsWith('/') || home.status !== 'archived' ? home.place : `${dataDir}/${home.place}`;
}

/** More than a browser's page holds in memory without pain: such files are copied from their place instead. */
const DOWNLOAD_LIMIT = 512 * 2 ** 20;

/** Whether a home is offered as a file; one that is in use is archived instead. In the window the hub writes it, of any size. */
export function canDownload(home: Home, isWindow: boolean): boolean {
  return home.status !== 'in_use' && (isWindow || (home.bytes !== null && home.bytes <= DOWNLOAD_LIMIT));
}

/** Gives a home to whoever has its old owner's name now, in place of nothing: files that they have stay theirs. */
export function giveBack(home: Home): { user: string; server: string; replace: boolean } {
  return { user: home.user ?? '', server: home.server ?? '', replace: false };
}

/** Whether somebody has the name of a home's old owner: it can be given to them at once. */
export function hasNamesake(home: Home, names: readonly string[]): boolean {
  return ['kept', 'archived', 'orphan'].includes(home.status) && home.user !== null && names.includes(home.user);
}

/** Whether a home was refused for the files that its server has already: then they may be replaced, after a question. */
export function isTaken(cause: unknown): boolean {
  return cause instanceof HubError && cause.status === 409 && cause.message.includes('has files already');
}
