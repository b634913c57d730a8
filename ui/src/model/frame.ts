// What every screen may lean on: in the window a part of the overview, in a browser what the hub tells whoever looks
// after people. Pure.
import type { Overview, Panel } from '../api/types';

/** The hub, as far as a screen needs it that is not about the machine. */
export type Frame = Pick<Overview, 'version' | 'authenticator' | 'addresses' | 'network' | 'engine' | 'spawner' | 'problems'> & {
  hub: Pick<Overview['hub'], 'on' | 'lead'>;
};

/** For a browser. That it sees anything says that the hub is on; of the engine and the machine it learns nothing. */
export function frameOf(panel: Panel, origin: string): Frame {
  return {
    version: panel.version,
    authenticator: panel.authenticator,
    addresses: [`${origin}${panel.base_url}`],
    network: 'lan',
    engine: { state: 'running', version: '', remedy: '' },
    spawner: '',
    problems: [],
    hub: { on: true, lead: panel.user },
  };
}
