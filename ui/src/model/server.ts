// Servers as the screens show them: one word, one shape and one tone per state, and what may be done. Pure.
import type { Diagnosis, OwnedServer, Sample, ServerView, Size, User } from '../api/types';
import { formatCpus, formatSpan } from './format';
import { limitsText } from './stack';

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

/** A line as the servers now are. */
export function findLine(line: ServerLine, servers: OwnedServer[] | null): ServerLine {
  const found = servers?.find(({ user, server }) => user === line.user && server.name === line.name);
  return found === undefined ? line : { ...line, server: found.server };
}

/** How many serve now: those that wait or are on their way do not. */
export function countReady(servers: OwnedServer[] | null): number {
  return (servers ?? []).filter(({ server }) => server.ready).length;
}

/** The line that speaks for a person: their default server, or any other that runs. */
export function serverOf(user: string, servers: OwnedServer[] | null): ServerView | null {
  const own = (servers ?? []).filter((entry) => entry.user === user).map((entry) => entry.server);
  return own.find((server) => !server.stopped) ?? own.find((server) => server.name === '') ?? own[0] ?? null;
}

/** Ends that are as they should be: somebody asked for them, or a rule did. */
const CALM_ENDS = new Set(['', 'asked', 'shutdown', 'idle', 'busy_but_silent', 'max_age', 'service', 'restart']);

/** Whether somebody should look: it failed, ended by itself or ran out of memory. */
export function hasProblem(server: ServerView | null): boolean {
  if (server === null) return false;
  const exit = server.stopped ? server.labdeck_last_exit : null;
  return (
    server.labdeck_failure !== null ||
    server.labdeck_notices.some((notice) => notice.kind === 'out_of_memory') ||
    (exit !== null && !CALM_ENDS.has(exit.kind ?? ''))
  );
}

/** The server in words of its own where the hub has no diagnosis: the failed start, or how it ended. */
export function plainDiagnosis(server: ServerView | null): Diagnosis | null {
  const rest = { fix: null, entries: [] };
  const failure = server?.labdeck_failure ?? null;
  if (failure !== null) {
    return { kind: failure.kind, title: failure.message, cause: '', steps: failure.remedy === '' ? [] : [failure.remedy], log: failure.log, ...rest };
  }
  const exit = server?.stopped && hasProblem(server) ? server.labdeck_last_exit : null;
  if (exit === null) return null;
  return { kind: exit.kind ?? '', title: exit.reason, cause: '', steps: exit.remedy ? [exit.remedy] : [], log: exit.log ?? [], ...rest };
}

/** What its user chose or the stack gave: the size's name, else the limits in short. */
export function sizeText(server: ServerView | null, sizes: readonly Size[] | null): string {
  const grant = server?.labdeck_grant ?? null;
  if (grant === null) return '';
  if (grant.size === null) return limitsText(grant.limits);
  return sizes?.find((size) => size.name === grant.size)?.display_name ?? grant.size;
}

const BUSY_CPUS = 0.25;
const USED_MS = 5 * 60_000;

/** Why a stop would disturb somebody now, in a sentence; null where it would not. */
export function busyWords(server: ServerView | null, samples: readonly Sample[], now: number): string | null {
  if (server === null || !server.ready) return null;
  const latest = samples.slice(-5);
  const cpus = latest.reduce((sum, sample) => sum + sample.cpus, 0) / Math.max(1, latest.length);
  if (cpus >= BUSY_CPUS) return `It is computing: ${formatCpus(cpus)} processors in use.`;
  const age = server.last_activity === null ? null : now - Date.parse(server.last_activity);
  if (age === null || age > USED_MS) return null;
  return age < 15_000 ? 'It is in use at this moment.' : `It was used ${formatSpan(age)} ago.`;
}

/** Under the state, in a sentence: what it waits for, why it failed, how it ended or when it stops. Empty for none. */
export function reasonText(server: ServerView | null, clock: (at: number) => string): string {
  const exit = server?.labdeck_state === 'Off' ? server.labdeck_last_exit : null;
  const stops = server?.labdeck_stops ?? null;
  // The time comes first: the line may be cut.
  const ending = stops === null ? '' : `Stops at ${clock(Date.parse(stops.at))}. ${stops.message}`;
  return server?.labdeck_waiting?.message ?? server?.labdeck_failure?.message ?? exit?.reason ?? ending;
}

export function lineKey(line: ServerLine): string {
  return `${line.user}/${line.name}`;
}

/** What runs or needs a look first, then the others; each in their order. */
export function liveFirst(lines: readonly ServerLine[]): ServerLine[] {
  const rank = (line: ServerLine): number => (hasProblem(line.server) ? 0 : canStart(line.server) ? 2 : 1);
  return lines.toSorted((a, b) => rank(a) - rank(b));
}

/** The lines in an order that was shown before; what is new comes last, so that nothing moves under the pointer. */
export function inHeldOrder(lines: readonly ServerLine[], held: readonly string[]): ServerLine[] {
  const place = new Map(held.map((key, n) => [key, n]));
  return lines.toSorted((a, b) => (place.get(lineKey(a)) ?? held.length) - (place.get(lineKey(b)) ?? held.length));
}

/** Everything about a trouble as plain text, for a letter to somebody who can help. */
export function diagnosisText(line: ServerLine, diagnosis: Diagnosis): string {
  const parts = [
    `${serverTitle(line.user, line.server)}: ${diagnosis.title} (${diagnosis.kind})`,
    diagnosis.cause,
    ...diagnosis.steps.map((step, n) => `${n + 1}. ${step}`),
    ...diagnosis.entries.map((entry) => `${entry.at} ${entry.message}`),
    ...diagnosis.log,
  ];
  return parts.filter((part) => part !== '').join('\n');
}
