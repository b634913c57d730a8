// The window's one picture of the hub, fed by events. Screens read it; only this file writes it.
import { HubClient, type Endpoint } from '../api/client';
import { HubError, errorText } from '../api/errors';
import type { HubEvent, Overview } from '../api/types';
import { PARTS, applyEvent, emptySnapshot, type Part, type Snapshot } from './snapshot';
import { backOff, followEvents, pause } from './stream';

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

  #client: HubClient | null = null;
  #loading = false;
  #waiting: HubEvent[] = [];
  #asked = new Map<Part, Ask>();
  #claimed: () => void = () => undefined;

  /** The client, for those who act. */
  get client(): HubClient {
    if (this.#client === null) throw new Error('The window is not connected to the hub yet.');
    return this.#client;
  }

  get overview(): Overview | null {
    return this.snapshot.overview;
  }

  /** Starts to follow the hub at `endpoint`; calling the answer ends it. */
  follow(endpoint: Endpoint): () => void {
    const client = new HubClient(endpoint);
    this.#client = client;
    const end = new AbortController();
    const clock = setInterval(() => (this.now = Date.now()), 5000);
    void this.#run(client, end.signal);
    return () => {
      clearInterval(clock);
      end.abort();
    };
  }

  /** Takes an overview that an answer brought along, so that the screen need not wait for the event. */
  takeOverview(overview: Overview): void {
    this.snapshot.overview = overview;
    if (overview.hub.claimed) this.#claimed();
  }

  /** Asks for parts again. Calls that come while one is under way are served together by one more. */
  async refresh(...parts: readonly Part[]): Promise<void> {
    await Promise.all(parts.map((part) => this.#fetchPart(part)));
  }

  /** Until the claim the window's token is good for the overview and the claim alone, so nothing else is asked for. */
  async #run(client: HubClient, signal: AbortSignal): Promise<void> {
    const claimed = new Promise<void>((resolve) => (this.#claimed = resolve));
    for (let attempt = 0; this.overview === null && !signal.aborted; attempt += 1) {
      try {
        this.takeOverview(await client.getOverview());
        this.connection = { state: 'open' };
      } catch (cause) {
        const refused = cause instanceof HubError && (cause.status === 401 || cause.status === 403);
        this.#lost(errorText(cause), refused);
        if (refused) return;
        await pause(backOff(attempt), signal);
      }
    }
    await claimed;
    await followEvents(client, {
      opened: (missed) => (missed ? void this.#loadAll() : (this.connection = { state: 'open' })),
      received: (event) => this.#received(event),
      lost: (message, refused) => this.#lost(message, refused),
    }, signal);
  }

  #lost(message: string, refused: boolean): void {
    this.connection = { state: 'lost', message, refused };
  }

  /** Everything anew. Events that arrive meanwhile wait, or an older answer could overwrite a newer event. */
  async #loadAll(): Promise<void> {
    this.#loading = true;
    try {
      await this.refresh(...PARTS);
      this.connection = { state: 'open' };
    } catch (cause) {
      this.#lost(errorText(cause), false);
    } finally {
      this.#loading = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const event of waiting) this.#received(event);
    }
  }

  #received(event: HubEvent): void {
    if (event.type === 'resync') void this.#loadAll();
    else if (this.#loading) this.#waiting.push(event);
    else {
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
      case 'overview': this.snapshot.overview = await this.client.getOverview(); return;
      case 'users': this.snapshot.users = await this.client.listUsers(); return;
      case 'servers': this.snapshot.servers = await this.client.listServers(); return;
      case 'stacks': this.snapshot.stacks = await this.client.listStacks(); return;
      case 'images': this.snapshot.images = await this.client.listImages(); return;
      case 'jobs': this.snapshot.jobs = await this.client.listJobs(); return;
    }
  }
}

export const live = new Live();
