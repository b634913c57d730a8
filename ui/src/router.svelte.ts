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
  /** The window's shell asks the page to put the quit question by `#/quit`. */
  quitting = $state(location.hash === '#/quit');

  constructor() {
    addEventListener('hashchange', () => {
      if (location.hash === '#/quit') this.quitting = true;
      else this.section = sectionOf(location.hash);
    });
  }

  go(section: Section): void {
    this.section = section; // at once: the event of the address comes later
    location.hash = `#/${section}`;
  }

  /** Takes the quit question off the screen and out of the address. */
  stay(): void {
    this.quitting = false;
    if (location.hash === '#/quit') this.go(this.section);
  }
}

export const router = new Router();
