// Folders that several people's servers see. Pure.
import type { Folder, FolderAudience } from '../api/types';
import { parseNames } from './person';
import { sizeNameFor } from './size';

/** A new folder that nobody has named yet. */
export const NEW_FOLDER: Folder = {
  name: '', display_name: '', host_path: null, target: '', writable: true, audience: { kind: 'everybody' },
};

/** `everybody`, `groups: lab, course`, `ada, bob`. */
export function audienceWords(audience: FolderAudience): string {
  switch (audience.kind) {
    case 'everybody': return 'everybody';
    case 'groups': return `group ${audience.groups.join(', ')}`;
    case 'users': return audience.users.join(', ');
  }
}

/** The names in an audience, as they are typed. */
export function audienceNames(audience: FolderAudience): string {
  switch (audience.kind) {
    case 'everybody': return '';
    case 'groups': return audience.groups.join(', ');
    case 'users': return audience.users.join(', ');
  }
}

export function readAudience(kind: FolderAudience['kind'], typed: string): FolderAudience {
  const names = parseNames(typed);
  switch (kind) {
    case 'everybody': return { kind };
    case 'groups': return { kind, groups: names };
    case 'users': return { kind, users: names };
  }
}

/** A stable word for a folder that people call so, and where servers see it if nobody says. */
export function folderNameFor(display: string, taken: readonly string[]): string {
  const name = sizeNameFor(display, taken);
  return name === 'size' ? 'folder' : name;
}

export function targetFor(name: string): string {
  return `/home/jovyan/${name}`;
}

/** A path without blanks around it and slashes at its end. */
export function trimmedPath(path: string): string {
  return path.trim().replace(/(?<=.)\/+$/, '');
}

/** What is wrong with a path as typed, in a sentence; null where nothing is. */
export function pathProblem(path: string): string | null {
  if (!path.startsWith('/')) return 'Write the whole path, from / on.';
  return path.split('/').includes('..') ? 'A path with “..” in it is not taken.' : null;
}
