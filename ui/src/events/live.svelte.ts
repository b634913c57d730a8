// The window's one picture of the hub, fed by events. Screens read it; only this file writes it.
import { HubClient, type Endpoint } from '../api/client';
import { HubError, errorText } from '../api/errors';
import type { HubEvent, Overview, Panel } from '../api/types';
import { frameOf, type Frame } from '../model/frame';
import { ALL_RIGHTS, rightsOf, type Rights } from '../model/rights';
import { LATER_PARTS, PARTS, applyEvent, emptySnapshot, known, partsChangedBy, type Part, type Snapshot } from './snapshot';
import { followEvents } from './stream';

type Connection = { state: 'connecting' } | { state: 'open' } | { state: 'lost'; message: string; refused: boolean };
type Ask = { again: boolean; done: Promise<void> };

class Live {
  /** What is known of the hub. */
  snapshot = $state<Snapshot>(emptySnapshot());
  connection = $state<Connection>({ state: 'connecting' });
  /** Parts that the hub could not give, with its words. */
  failures = $state<Partial<Record<Part, string>>>({});
  /** The time of day for "3 min ago"; moves by itself. */
  now = $state(Date.now());

  /** What the person who looks may do. */
  rights = $state.raw<Rights>(ALL_RIGHTS);
  /** In a browser of the network: who is signed in there. Null in the window. */
  panel = $state.raw<Panel | null>(null);

  #inBrowser = false;
  #client: HubClient | null = null;
  #loading = 0;
  #waiting: HubEvent[] = [];
  #asked = new Map<Part, Ask>();

  /** The client, for those who act. */
  get client(): HubClient {
    if (this.#client === null) throw new Error('The window is not connected to the hub yet.');
    return this.#client;
  }

  get overview(): Overview | null {
    return this.snapshot.overview;
  }

  /** What every screen may lean on; null before the first answer. */
  get frame(): Frame | null {
    return this.snapshot.overview ?? (this.panel === null ? null : frameOf(this.panel, location.origin));
  }

  /** Who acts here: whose server is one's own. */
  get me(): string | null {
    return this.panel?.user ?? this.snapshot.overview?.hub.lead ?? null;
  }

  /** Starts to follow the hub at `endpoint`; calling the answer ends it. */
  follow(endpoint: Endpoint): () => void {
    const client = new HubClient(endpoint);
    this.#client = client;
    this.#inBrowser = 'session' in endpoint;
    const end = new AbortController();
    const clock = setInterval(() => (this.now = Date.now()), 5000);
    void followEvents(client, {
      opened: (missed) => (missed ? void this.#loadAll() : (this.connection = { state: 'open' })),
      received: (event) => this.#received(event),
      lost: (message, refused) => this.#lost(message, refused),
    }, end.signal);
    return () => {
      clearInterval(clock);
      end.abort();
    };
  }

  /** Takes an overview that an answer brought along, so that the screen need not wait for the event. */
  takeOverview(overview: Overview): void {
    const before = this.snapshot.overview;
    this.snapshot.overview = overview;
    // Claimed just now, here or elsewhere: from now on the window may ask for the rest.
    if (before?.hub.claimed === false && overview.hub.claimed) void this.#loadAll();
  }

  #takePanel(panel: Panel): void {
    this.panel = panel;
    this.rights = rightsOf(panel.scopes);
  }

  /** Asks for parts again. Calls that come while one is under way are served together by one more. */
  async refresh(...parts: readonly Part[]): Promise<void> {
    await Promise.all(parts.filter((part) => this.#mayAsk(part)).map((part) => this.#fetchPart(part)));
  }

  /** In a browser there is nothing of the machine, and nothing that the hub would refuse. */
  #mayAsk(part: Part): boolean {
    if (!this.#inBrowser) return true;
    switch (part) {
      case 'overview':
      case 'stacks':
      case 'sizes':
      case 'shares': return true;
      case 'users': return this.rights.reach('list:users');
      case 'servers': return this.rights.reach('read:servers');
      case 'groups': return this.rights.reach('list:groups');
      case 'services': return this.rights.reach('list:services');
      case 'roles': return ['read:roles', 'read:roles:users', 'read:roles:groups'].some((scope) => this.rights.reach(scope));
      case 'images':
      case 'jobs':
      case 'folders':
      case 'resources': return false;
    }
  }

  /** The same for screens: a hub that is away shows as a lost stream, a refusal stands in `failures`. */
  ask(...parts: readonly Part[]): void {
    this.refresh(...parts).catch(() => undefined);
  }

  #lost(message: string, refused: boolean): void {
    this.connection = { state: 'lost', message, refused };
  }

  /** Everything anew. Events that arrive meanwhile wait, or an older answer could overwrite a newer event. */
  async #loadAll(): Promise<void> {
    this.#loading += 1;
    try {
      await this.refresh('overview');
      if (this.#inBrowser) await this.refresh('users', 'servers', 'stacks', ...known(this.snapshot, LATER_PARTS));
      // Until the claim the window's token is good for the overview, the events and the claim alone.
      if (this.overview?.hub.claimed) {
        await this.refresh(...PARTS.filter((part) => part !== 'overview'), ...known(this.snapshot, LATER_PARTS));
      }
      this.connection = { state: 'open' };
    } catch (cause) {
      this.#lost(errorText(cause), false);
    } finally {
      this.#loading -= 1;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const event of waiting) this.#received(event); // waits on where another load is under way
    }
  }

  #received(event: HubEvent): void {
    if (event.type === 'resync') void this.#loadAll();
    else if (this.#loading > 0) this.#waiting.push(event);
    else {
      // The answer to what is being asked for right now may be older than this event, and must not undo it.
      for (const part of partsChangedBy(event)) {
        const ask = this.#asked.get(part);
        if (ask !== undefined) ask.again = true;
      }
      const stale = applyEvent(this.snapshot, event);
      this.refresh(...stale).catch(() => undefined); // a hub that is away shows as a lost stream
    }
  }

  #fetchPart(part: Part): Promise<void> {
    const running = this.#asked.get(part);
    if (running !== undefined) {
      running.again = true;
      return running.done;
    }
    const ask: Ask = { again: false, done: Promise.resolve() };
    this.#asked.set(part, ask);
    ask.done = this.#fetchUntilFresh(part, ask).finally(() => this.#asked.delete(part));
    return ask.done;
  }

  async #fetchUntilFresh(part: Part, ask: Ask): Promise<void> {
    do {
      ask.again = false;
      try {
        await this.#fetchOnce(part);
        this.failures[part] = undefined;
      } catch (cause) {
        // A hub that answers with a refusal is there: the one part stays empty and says why.
        if (part === 'overview' || !(cause instanceof HubError) || cause.status === 0) throw cause;
        this.failures[part] = cause.message;
      }
    } while (ask.again);
  }

  async #fetchOnce(part: Part): Promise<void> {
    switch (part) {
      case 'overview':
        if (this.#inBrowser) this.#takePanel(await this.client.getPanel());
        else this.takeOverview(await this.client.getOverview());
        return;
      case 'users': this.snapshot.users = await this.client.listUsers(); return;
      case 'servers': this.snapshot.servers = await this.client.listServers(); return;
      case 'stacks': this.snapshot.stacks = await this.client.listStacks(); return;
      case 'images': this.snapshot.images = await this.client.listImages(); return;
      case 'jobs': this.snapshot.jobs = await this.client.listJobs(); return;
      case 'sizes': this.snapshot.sizes = await this.client.listSizes(); return;
      case 'folders': this.snapshot.folders = await this.client.listFolders(); return;
      case 'groups': this.snapshot.groups = await this.client.listGroups(); return;
      case 'roles': this.snapshot.roles = await this.client.listRoles(); return;
      case 'shares': this.snapshot.shares = await this.client.getSharing(); return;
      case 'services': this.snapshot.services = await this.client.listServices(); return;
      case 'resources': this.snapshot.resources = await this.client.getResources(); return;
    }
  }
}

export const live = new Live();
