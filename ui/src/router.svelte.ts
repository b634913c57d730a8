// What is shown: a section, and within it a path. Hash routes, so that no deep path breaks the bundle's relative
// addresses: `#/servers/ada/~/log`.

export const SECTIONS = ['overview', 'people', 'groups', 'stacks', 'servers', 'sharing', 'services', 'storage', 'settings'] as const;
export type Section = (typeof SECTIONS)[number];

/** `#/people` → `people`; everything unknown is the overview. */
export function sectionOf(hash: string): Section {
  const word = hash.replace(/^#\/?/, '').split(/[/?]/)[0];
  return SECTIONS.find((section) => section === word) ?? 'overview';
}

/** What stands behind the section: `#/servers/ada/~/log` → `['ada', '~', 'log']`. */
export function pathOf(hash: string): string[] {
  const [path = ''] = hash.replace(/^#\/?/, '').split('?');
  return path.split('/').slice(1).filter((part) => part !== '').map(decoded);
}

/** The address of a section, and of something in it. */
export function hashOf(section: Section, ...path: string[]): string {
  return `#/${[section, ...path.map(encodeURIComponent)].join('/')}`;
}

/** Those of them that a browser of the network has too; the rest is about the computer. */
export const PANEL_SECTIONS: readonly Section[] = ['people', 'groups', 'servers', 'sharing', 'services'];

/** The address of a server's own page; `~` is the default server. */
export function serverHash(user: string, server: string, ...path: string[]): string {
  return hashOf('servers', user, server === '' ? '~' : server, ...path);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // typed by hand: shown as it is, found nowhere
  }
}

class Router {
  section = $state<Section>(sectionOf(location.hash));
  path = $state.raw<string[]>(pathOf(location.hash));

  constructor() {
    addEventListener('hashchange', () => this.#show(location.hash));
  }

  go(section: Section, ...path: string[]): void {
    this.open(hashOf(section, ...path));
  }

  /** Goes to an address of this window, as a link would. */
  open(hash: string): void {
    this.#show(hash); // at once: the event of the address comes later
    location.hash = hash;
  }

  #show(hash: string): void {
    this.section = sectionOf(hash);
    this.path = pathOf(hash);
  }
}

export const router = new Router();
