// People: the names typed by the lead, and who the lead is. Pure.
import type { OwnedServer, User } from '../api/types';

/** The names in a text, one per line or with commas between; each once, in order. */
export function parseNames(text: string): string[] {
  const names = text.split(/[\n,;]+/).map((name) => name.trim()).filter((name) => name !== '');
  return [...new Set(names)];
}

/** Those names that the hub did not make, because it has them already. It writes names in small letters. */
export function knownAmong(asked: readonly string[], made: readonly string[]): string[] {
  const fresh = new Set(made.map((name) => name.toLowerCase()));
  return asked.filter((name) => !fresh.has(name.toLowerCase()));
}

/** Whether opening this user's server is a visit to somebody else: in the window the lead opens pages. */
export function isVisit(user: string, me: string | null): boolean {
  return me !== user;
}

/** The last admin must stay, or nobody could sign in to put things right. */
export function isOnlyAdmin(user: User, users: readonly User[] | null): boolean {
  return user.admin && (users ?? []).filter((other) => other.admin).length === 1;
}

/** How many servers of this user run or are about to. */
export function runningServers(user: string, servers: readonly OwnedServer[] | null): number {
  return (servers ?? []).filter((entry) => entry.user === user && !entry.server.stopped).length;
}

/** When the user was last seen: their own mark, or a newer one of a server. */
export function lastSeen(user: User, servers: readonly OwnedServer[] | null): string | null {
  const marks = (servers ?? []).filter((entry) => entry.user === user.name).map((entry) => entry.server.last_activity);
  return [user.last_activity, ...marks].filter((mark) => mark !== null).sort((a, b) => Date.parse(b) - Date.parse(a))[0] ?? null;
}
