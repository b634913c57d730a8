// Which sections there are for whom. Pure.
import type { Rights } from './model/rights';
import { PANEL_SECTIONS, SECTIONS, type Section } from './router.svelte';

/** In the window all; in a browser those about people, as far as its reader's rights reach. */
export function sectionsFor(rights: Rights, where: 'window' | 'browser'): readonly Section[] {
  if (where === 'window') return SECTIONS;
  const needed: Partial<Record<Section, string>> = { people: 'list:users', groups: 'list:groups', servers: 'read:servers', services: 'list:services' };
  return PANEL_SECTIONS.filter((section) => needed[section] === undefined || rights.reach(needed[section]));
}
