// Which section is shown. Hash routes, so that no deep path breaks the bundle's relative addresses.

export const SECTIONS = ['overview', 'people', 'stacks', 'servers'] as const;
export type Section = (typeof SECTIONS)[number];

/** `#/people` → `people`; everything unknown is the overview. */
export function sectionOf(hash: string): Section {
  const word = hash.replace(/^#\/?/, '').split(/[/?]/)[0];
  return SECTIONS.find((section) => section === word) ?? 'overview';
}

class Router {
  section = $state<Section>(sectionOf(location.hash));

  constructor() {
    addEventListener('hashchange', () => (this.section = sectionOf(location.hash)));
  }

  go(section: Section): void {
    this.section = section; // at once: the event of the address comes later
    location.hash = `#/${section}`;
  }
}

export const router = new Router();
