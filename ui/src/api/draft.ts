// Shapes of answers that the hub's document does not describe yet. Each goes as soon as `schema.ts` has it.
import type { components } from './schema';

type Schemas = components['schemas'];

export interface Size {
  name: string;
  display_name: string;
  limits: Schemas['ResourceLimits'];
  offered: boolean;
  is_default: boolean;
  groups: string[];
}

export interface GpuHolder { user: string; server: string; since: string }

export interface Gpu {
  id: string;
  index: number;
  name: string;
  memory_bytes: number | null;
  memory_used_bytes: number | null;
  busy: number | null;
  temperature: number | null;
  holders: GpuHolder[];
}

export interface Resources {
  cpus: number;
  memory_bytes: number;
  memory_used_bytes: number;
  reserve_bytes: number;
  reserve_default_bytes: number;
  granted_bytes: number;
  gpus: Gpu[];
  gpu_problem: string | null;
  queue: { user: string; server: string; waiting: Schemas['Waiting'] }[];
  limits: { concurrent_starts: number; active_servers: number; start_timeout_seconds: number; http_timeout_seconds: number };
  pinned: string[];
}

export interface ResourcesChange {
  reserve_bytes?: number | null;
  concurrent_starts?: number | null;
  active_servers?: number | null;
}

export interface SizeChoice extends Size { fits: boolean; why_not: string | null }
export interface ImageChoice { label: string; image: string }
export interface FolderChoice { name: string; display_name: string; writable: boolean; target: string }

export interface StartOptions {
  stacks: Schemas['Stack'][];
  images: ImageChoice[];
  sizes: SizeChoice[];
  folders: FolderChoice[];
  last: { stack?: string | null; size?: string | null; folders?: string[] | null; image?: string | null };
  usual_seconds: Record<string, number>;
}

export interface Diagnosis {
  kind: string;
  title: string;
  cause: string;
  steps: string[];
  fix: { id: string; label: string } | null;
  log: string[];
  entries: Schemas['ServerEntry'][];
}

export interface IdleRules {
  idle_seconds: number | null;
  busy_silent_seconds: number | null;
  max_age_seconds: number | null;
  warn_seconds: number;
  pinned: string[];
}

export type IdleRule = Partial<Omit<IdleRules, 'pinned'>>;

export type FolderAudience = { kind: 'everybody' } | { kind: 'groups'; groups: string[] } | { kind: 'users'; users: string[] };

export interface Folder {
  name: string;
  display_name: string;
  host_path: string | null;
  target: string;
  writable: boolean;
  audience: FolderAudience;
}

export interface FolderView extends Folder { problem: { message: string; remedy: string; fix: string | null } | null }

export interface Home {
  id: string;
  spawner: string;
  home: string;
  place: string;
  user: string | null;
  server: string | null;
  status: 'in_use' | 'kept' | 'archived' | 'orphan';
  bytes: number | null;
  created: string | null;
  kept_at: string | null;
}

export interface Environment {
  state: 'absent' | 'ready' | 'broken' | 'making';
  problem: string | null;
  python: string | null;
  packages: Record<string, string>;
  path: string;
}
