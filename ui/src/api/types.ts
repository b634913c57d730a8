// What the hub's REST API says, by its wire names: JupyterHub's own objects and Labdeck's beside them. Written by hand
// until the schema that the hub generates takes its place; nothing but `client.ts` and types depend on this file.

/** A moment in UTC, RFC 3339. */
export type Timestamp = string;

export interface Failure {
  kind: string;
  message: string;
  remedy: string;
  log: string[];
}

export interface LastExit {
  at: Timestamp;
  reason: string;
}

export type Pending = 'spawn' | 'stop' | 'check';

export interface ServerView {
  name: string;
  display_name: string;
  full_name: string;
  last_activity: Timestamp | null;
  started: Timestamp | null;
  pending: Pending | null;
  ready: boolean;
  stopped: boolean;
  url: string;
  user_options: unknown;
  progress_url: string;
  full_url: string | null;
  full_progress_url: string | null;
  state?: unknown;
  labdeck_state: string;
  labdeck_since: Timestamp | null;
  labdeck_failure: Failure | null;
  labdeck_last_exit: LastExit | null;
  labdeck_stack: string | null;
  labdeck_spawner: string | null;
}

/** One entry of `GET servers`. */
export interface OwnedServer {
  user: string;
  server: ServerView;
}

/** JupyterHub's user object, as far as the window reads it. */
export interface User {
  name: string;
  admin: boolean;
  groups: string[];
  created: Timestamp | null;
  last_activity: Timestamp | null;
  servers: Record<string, ServerView>;
}

export interface ResourceLimits {
  memory_bytes: number | null;
  cpus: number | null;
  pids: number | null;
}

export interface Stack {
  name: string;
  display_name: string;
  description: string;
  image: string;
  offered: boolean;
  is_default: boolean;
  limits: ResourceLimits;
}

export interface Image {
  reference: string;
  id: string;
  size_bytes: number;
  created: Timestamp;
  usable: boolean;
  reason: string;
  hub_version: string | null;
}

export type JobState = 'running' | 'done' | 'failed' | 'cancelled';

export interface Job {
  id: number;
  title: string;
  state: JobState;
  message: string;
  fraction: number | null;
}

export type EngineState =
  | { state: 'running'; version: string }
  | { state: 'not_installed' }
  | { state: 'not_running' }
  | { state: 'no_permission' };

export interface Problem {
  id: string;
  title: string;
  cause: string;
  remedy: string;
}

export type Network = 'local' | 'lan';
export type SpawnerKind = 'docker' | 'simple';

export interface Overview {
  version: string;
  hub: { on: boolean; claimed: boolean; suggested_name: string; started: Timestamp };
  network: Network;
  encrypted: boolean;
  addresses: string[];
  local_url: string;
  port: number;
  engine: EngineState & { remedy: string };
  spawner: SpawnerKind;
  spawner_reason: string;
  simple_accepted: boolean;
  problems: Problem[];
  machine: { name: string; cpus: number; memory_bytes: number; memory_used_bytes: number };
  data_dir: string;
  authenticator: string;
  desktop: boolean;
  keyring: 'keyring' | 'file';
  counts: { users: number; running: number };
}

/** What `PATCH hub` takes: only what shall change. */
export interface HubChange {
  on?: boolean;
  network?: Network;
  simple_accepted?: boolean;
  port?: number;
}

export interface Invitation {
  url: string;
  path: string;
  expires_at: Timestamp;
  kind: 'invitation' | 'sign_in';
}

export interface Ticket {
  url: string;
  expires_at: Timestamp;
}

export interface Sample {
  user: string;
  server: string;
  cpus: number;
  memory_bytes: number;
  memory_limit_bytes: number | null;
}

export type Event =
  | { type: 'server_changed'; user: string; server: ServerView }
  | { type: 'server_deleted'; user: string; name: string }
  | { type: 'user_changed'; user: string }
  | { type: 'user_deleted'; user: string }
  | { type: 'stack_changed'; stack: Stack }
  | { type: 'stack_deleted'; name: string }
  | { type: 'job_changed'; job: Job }
  | { type: 'engine_changed'; engine: EngineState }
  | { type: 'overview_changed' }
  | { type: 'sampled'; samples: Sample[] }
  | { type: 'resync' };

/** One event of the stream. A `resync` has no number: a reader that resumes later must still say where it was before. */
export type HubEvent = (Event & { seq: number; at: Timestamp }) | { type: 'resync'; seq?: undefined };
