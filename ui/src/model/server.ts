// Servers as the screens show them: one word, one shape and one tone per state, and what may be done. Pure.
import type { OwnedServer, ServerView, User } from '../api/types';

/** How a state looks; `shape` keeps it readable without colour. */
export interface StateLook {
  word: string;
  tone: 'ready' | 'busy' | 'idle' | 'failed';
  shape: 'full' | 'hollow' | 'half' | 'clock' | 'arrow' | 'cross';
}

/** One line of the servers' table. `server` is null for a person who never started one. */
export interface ServerLine {
  user: string;
  name: string;
  server: ServerView | null;
}

const LOOKS: Record<string, Omit<StateLook, 'word'>> = {
  Off: { tone: 'idle', shape: 'hollow' },
  Queued: { tone: 'busy', shape: 'clock' },
  Fetching: { tone: 'busy', shape: 'arrow' },
  Starting: { tone: 'busy', shape: 'half' },
  Ready: { tone: 'ready', shape: 'full' },
  Stopping: { tone: 'idle', shape: 'half' },
  Failed: { tone: 'failed', shape: 'cross' },
};

export function stateLook(server: ServerView | null): StateLook {
  const word = server?.labdeck_state ?? 'Off';
  return { word, ...(LOOKS[word] ?? { tone: 'idle', shape: 'hollow' }) };
}

export function canStart(server: ServerView | null): boolean {
  return server === null || server.stopped;
}

/** A start that is under way can be stopped too. */
export function canStop(server: ServerView | null): boolean {
  return server !== null && !server.stopped && server.pending !== 'stop';
}

export function canOpen(server: ServerView | null): boolean {
  return server?.ready ?? false;
}

/** `ada`, or `ada · gpu` for a named server. */
export function serverTitle(user: string, server: ServerView | null): string {
  const name = server?.display_name || server?.name;
  return name ? `${user} · ${name}` : user;
}

/** All servers, and a line for everybody who has no default server yet; in an order that no state changes. */
export function serverLines(users: User[] | null, servers: OwnedServer[] | null): ServerLine[] {
  const lines: ServerLine[] = (servers ?? []).map(({ user, server }) => ({ user, name: server.name, server }));
  const known = new Set(lines.filter((line) => line.name === '').map((line) => line.user));
  for (const user of users ?? []) {
    if (!known.has(user.name)) lines.push({ user: user.name, name: '', server: null });
  }
  return lines.sort((a, b) => a.user.localeCompare(b.user) || a.name.localeCompare(b.name));
}

/** The line that speaks for a person: their default server, or any other that runs. */
export function serverOf(user: string, servers: OwnedServer[] | null): ServerView | null {
  const own = (servers ?? []).filter((entry) => entry.user === user).map((entry) => entry.server);
  return own.find((server) => !server.stopped) ?? own.find((server) => server.name === '') ?? own[0] ?? null;
}
