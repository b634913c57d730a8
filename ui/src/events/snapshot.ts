// What the window knows of the hub, and how one event changes it. Pure: no requests, no runes.
import type {
  Event, FolderView, Group, Image, Job, Overview, OwnedServer, Resources, Role, Sample, ServerEntry, Service, Sharing, Size, Stack, User,
} from '../api/types';

/** Everything that the screens show. `null` is "not asked yet". */
export interface Snapshot {
  overview: Overview | null;
  users: User[] | null;
  servers: OwnedServer[] | null;
  stacks: Stack[] | null;
  images: Image[] | null;
  jobs: Job[] | null;
  sizes: Size[] | null;
  folders: FolderView[] | null;
  resources: Resources | null;
  services: Service[] | null;
  groups: Group[] | null;
  roles: Role[] | null;
  shares: Sharing | null;
  /** What each running server used of late, oldest first; by `serverKey`. */
  usage: Record<string, Sample[]>;
  /** Lines that were added to servers' histories while the window looked, oldest first; likewise. */
  noted: Record<string, ServerEntry[]>;
}

/** The parts that are fetched. */
export type Part = Exclude<keyof Snapshot, 'usage' | 'noted'>;

export const PARTS: readonly Part[] = ['overview', 'users', 'servers', 'stacks', 'images', 'jobs'];

/** Parts that are asked for when a screen first shows them, and kept fresh from then on. */
export const LATER_PARTS: readonly Part[] = ['sizes', 'folders', 'resources', 'services', 'groups', 'roles', 'shares'];

/** How many samples are kept per server: five minutes at one every two seconds. */
export const KEPT_SAMPLES = 150;

/** How many lines of a server's history are kept beside those that are asked for. */
const KEPT_NOTES = 100;

export function emptySnapshot(): Snapshot {
  return {
    overview: null, users: null, servers: null, stacks: null, images: null, jobs: null,
    sizes: null, folders: null, resources: null, services: null, groups: null, roles: null, shares: null, usage: {}, noted: {},
  };
}

/** One word for a server: `ada/` is Ada's default server, `ada/gpu` a named one. */
export function serverKey(user: string, server: string): string {
  return `${user}/${server}`;
}

/** Changes the snapshot by one event and says which parts must be asked for again. */
export function applyEvent(snapshot: Snapshot, event: Event): readonly Part[] {
  switch (event.type) {
    case 'server_changed': {
      const { user, server } = event;
      if (server.stopped) snapshot.usage = forgetUsage(snapshot.usage, serverKey(user, server.name));
      snapshot.servers = put(snapshot.servers, { user, server }, (s) => s.user === user && s.server.name === server.name);
      return [];
    }
    case 'server_deleted':
      snapshot.servers = without(snapshot.servers, (s) => s.user === event.user && s.server.name === event.name);
      return [];
    case 'user_changed':
      return ['users', 'servers']; // a server that was made and not started yet is a change of its person
    case 'user_deleted':
      snapshot.users = without(snapshot.users, (user) => user.name === event.user);
      snapshot.servers = without(snapshot.servers, (s) => s.user === event.user);
      return [];
    case 'stack_changed':
      snapshot.stacks = put(snapshot.stacks, event.stack, (stack) => stack.name === event.stack.name);
      return ['overview']; // with nothing on offer something is wrong there
    case 'stack_deleted':
      snapshot.stacks = without(snapshot.stacks, (stack) => stack.name === event.name);
      return ['overview'];
    case 'job_changed':
      snapshot.jobs = put(snapshot.jobs, event.job, (job) => job.id === event.job.id);
      return event.job.state === 'running' ? [] : ['images'];
    case 'engine_changed':
      return ['overview', 'images'];
    case 'overview_changed':
      return ['overview'];
    case 'sizes_changed':
      return known(snapshot, ['sizes', 'resources']);
    case 'folders_changed':
      return known(snapshot, ['folders']);
    case 'services_changed':
      return known(snapshot, ['services']);
    case 'groups_changed':
      return known(snapshot, ['groups', 'roles']);
    case 'shares_changed':
      return known(snapshot, ['shares']);
    case 'access_requests_changed':
      // They are answered on the owner's own pages.
      return [];
    case 'server_noted': {
      const key = serverKey(event.user, event.name);
      snapshot.noted = { ...snapshot.noted, [key]: [...(snapshot.noted[key] ?? []), event.entry].slice(-KEPT_NOTES) };
      return isListed(snapshot, event.user, event.name) ? [] : ['servers'];
    }
    case 'sampled':
      snapshot.usage = addSamples(snapshot.usage, event.samples);
      return event.samples.every(({ user, server }) => isListed(snapshot, user, server)) ? [] : ['servers'];
    case 'resync':
      return [...PARTS, ...known(snapshot, LATER_PARTS)];
  }
}

/** Those parts that a screen has asked for. */
export function known(snapshot: Snapshot, parts: readonly Part[]): Part[] {
  return parts.filter((part) => snapshot[part] !== null);
}

/** The parts that an event itself changes. An answer for one of them that was asked for before may be older. */
export function partsChangedBy(event: Event): readonly Part[] {
  switch (event.type) {
    case 'server_changed':
    case 'server_deleted':
      return ['servers'];
    case 'user_deleted':
      return ['users', 'servers'];
    case 'stack_changed':
    case 'stack_deleted':
      return ['stacks'];
    case 'job_changed':
      return ['jobs'];
    case 'user_changed':
    case 'engine_changed':
    case 'overview_changed':
    case 'sizes_changed':
    case 'folders_changed':
    case 'groups_changed':
    case 'services_changed':
    case 'shares_changed':
    case 'access_requests_changed':
    case 'server_noted':
    case 'sampled':
    case 'resync':
      return [];
  }
}

/** Whether the list has a server. One that was never fetched lacks nothing: the fetch will bring all. */
function isListed(snapshot: Snapshot, user: string, name: string): boolean {
  return snapshot.servers?.some((entry) => entry.user === user && entry.server.name === name) ?? true;
}

/** Appends one round of samples; servers that are missing from it no longer run. */
function addSamples(usage: Snapshot['usage'], samples: Sample[]): Snapshot['usage'] {
  return Object.fromEntries(
    samples.map((sample) => {
      const key = serverKey(sample.user, sample.server);
      return [key, [...(usage[key] ?? []), sample].slice(-KEPT_SAMPLES)];
    }),
  );
}

function forgetUsage(usage: Snapshot['usage'], key: string): Snapshot['usage'] {
  return Object.fromEntries(Object.entries(usage).filter(([other]) => other !== key));
}

/** Replaces the entry that matches, or appends. A list that was never fetched stays so: the fetch will bring it. */
function put<T>(list: T[] | null, entry: T, matches: (other: T) => boolean): T[] | null {
  if (list === null) return null;
  return list.some(matches) ? list.map((other) => (matches(other) ? entry : other)) : [...list, entry];
}

function without<T>(list: T[] | null, matches: (entry: T) => boolean): T[] | null {
  return list === null ? null : list.filter((entry) => !matches(entry));
}
