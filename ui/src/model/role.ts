// Who holds which role, and through what. Pure.
import type { Role, User } from '../api/types';

/** A role that somebody holds. */
export interface HeldRole {
  role: Role;
  /** The groups through which they have it; empty for one of their own. */
  through: string[];
  /** Whether it was given to them by name and can be taken here. */
  taken: 'here' | 'file' | 'never';
}

/** The roles of a person: those that everybody has, theirs by name, and those of their groups. */
export function rolesOf(user: User, roles: readonly Role[]): HeldRole[] {
  return roles.flatMap((role): HeldRole[] => {
    const own = role.holders.users.includes(user.name);
    const through = role.holders.groups.filter((group) => user.groups.includes(group));
    if (role.name === 'user' || (role.name === 'admin' && user.admin)) return [{ role, through: [], taken: 'never' }];
    if (!own && through.length === 0) return [];
    return [{ role, through: own ? [] : through, taken: !own ? 'never' : role.by_file.users.includes(user.name) ? 'file' : role.may_give ? 'here' : 'never' }];
  });
}

/** The roles of a group. */
export function rolesOfGroup(group: string, roles: readonly Role[]): HeldRole[] {
  return roles
    .filter((role) => role.holders.groups.includes(group))
    .map((role) => ({ role, through: [], taken: role.by_file.groups.includes(group) ? 'file' : role.may_give ? 'here' : 'never' }));
}

/** Those that can be given to somebody who holds these. */
export function givable(held: readonly HeldRole[], roles: readonly Role[]): Role[] {
  const own = new Set(held.filter(({ through }) => through.length === 0).map(({ role }) => role.name));
  return roles.filter((role) => role.may_give && !own.has(role.name));
}

/** Where somebody has it from, where that is not their own name. */
export function roleOrigin({ role, through, taken }: HeldRole): string {
  if (role.name === 'user') return 'everybody has it';
  if (through.length > 0) return `through ${through.join(', ')}`;
  return taken === 'file' ? 'given by the configuration file' : '';
}
