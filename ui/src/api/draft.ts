// Shapes of answers that the hub's document does not describe yet. Each goes as soon as `schema.ts` has it.
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

export interface Environment {
  state: 'absent' | 'ready' | 'broken' | 'making';
  problem: string | null;
  python: string | null;
  packages: Record<string, string>;
  path: string;
}
