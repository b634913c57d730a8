// What the person who looks may do, so that nothing is offered that the hub would refuse. The hub decides; this only
// keeps silent about the rest. Pure.

/** What something is about. */
export interface About {
  user?: string;
  /** The groups of that user, or the group itself. */
  groups?: readonly string[];
  server?: { user: string; name: string };
}

export interface Rights {
  /** Whether a right is held at all, for whatever. */
  reach(scope: string): boolean;
  /** Whether it is held for this; for nothing in particular it must not be narrowed. */
  may(scope: string, about?: About): boolean;
}

/** The window stands for the lead at the machine. */
export const ALL_RIGHTS: Rights = { reach: () => true, may: () => true };

/** From scopes as the hub writes them out: `read:users!group=lab`. */
export function rightsOf(scopes: readonly string[]): Rights {
  const held = new Map<string, (string | null)[]>();
  for (const scope of scopes) {
    const [base = '', filter = null] = scope.split('!');
    held.set(base, [...(held.get(base) ?? []), filter]);
  }
  return {
    reach: (scope) => held.has(scope),
    may: (scope, about = {}) => (held.get(scope) ?? []).some((filter) => filter === null || covers(filter, about)),
  };
}

function covers(filter: string, { user, groups = [], server }: About): boolean {
  const at = filter.indexOf('=');
  const [kind, name] = [filter.slice(0, at), filter.slice(at + 1)];
  if (kind === 'user') return name === (user ?? server?.user);
  if (kind === 'group') return groups.includes(name);
  return kind === 'server' && server !== undefined && name === `${server.user}/${server.name}`;
}
