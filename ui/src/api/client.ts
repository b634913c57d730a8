// Every request of the window. Owns the paths, the token header and the reading of answers; keeps no state of its own.
import { HubError } from './errors';
import type {
  HubChange, Image, Invitation, Job, Overview, OwnedServer, Stack, Ticket, User,
} from './types';

/** Where the hub's control listener is, and the key to it. */
export interface Endpoint {
  base: string;
  token: string;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const PAGE = 200; // JupyterHub's greatest page size

export class HubClient {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = { base: endpoint.base.replace(/\/+$/, ''), token: endpoint.token };
  }

  getOverview = (): Promise<Overview> => this.#ours('GET', 'overview');
  updateHub = (change: HubChange): Promise<Overview> => this.#ours('PATCH', 'hub', change);
  claim = (name: string): Promise<{ name: string }> => this.#ours('POST', 'claim', { name });
  quit = (servers: 'stop' | 'leave'): Promise<void> => this.#ours('POST', 'quit', { servers });

  listServers = (): Promise<OwnedServer[]> => this.#ours('GET', 'servers');
  listStacks = (): Promise<Stack[]> => this.#ours('GET', 'stacks');
  listImages = (): Promise<Image[]> => this.#ours('GET', 'images');
  listJobs = (): Promise<Job[]> => this.#ours('GET', 'jobs');

  startPull = (reference: string): Promise<Job> => this.#ours('POST', 'pulls', { reference });
  cancelJob = (id: number): Promise<void> => this.#ours('DELETE', `jobs/${id}`);

  createTicket = (path: string): Promise<Ticket> => this.#ours('POST', 'tickets', { path, open: true });
  createInvitation = (user: string): Promise<Invitation> => this.#ours('POST', `users/${part(user)}/invitation`, {});

  createUsers = (usernames: string[]): Promise<User[]> => this.#hub('POST', 'users', { usernames });
  deleteUser = (user: string): Promise<void> => this.#hub('DELETE', `users/${part(user)}`);

  updateStack({ name, ...rest }: Stack): Promise<Stack> {
    return this.#ours('PUT', `stacks/${part(name)}`, rest);
  }

  deleteStack = (name: string): Promise<void> => this.#ours('DELETE', `stacks/${part(name)}`);

  async getServerLog(user: string, server: string, lines: number): Promise<string[]> {
    const path = `servers/${part(user)}/${server === '' ? '~' : part(server)}/log?lines=${lines}`;
    return (await this.#ours<{ lines: string[] }>('GET', path)).lines;
  }

  startServer(user: string, server: string, stack: string | null): Promise<void> {
    return this.#hub('POST', serverPath(user, server), stack === null ? {} : { user_options: { stack } });
  }

  stopServer = (user: string, server: string): Promise<void> => this.#hub('DELETE', serverPath(user, server));

  /** All users: follows JupyterHub's pages, whichever of its two list forms the hub answers with. */
  async listUsers(): Promise<User[]> {
    const all: User[] = [];
    for (;;) {
      const path = `users?include_stopped_servers=1&offset=${all.length}&limit=${PAGE}`;
      const page = await this.#hub<User[] | { items: User[] }>('GET', path);
      const items = Array.isArray(page) ? page : page.items;
      all.push(...items);
      if (items.length < PAGE) return all;
    }
  }

  /** The stream of events after `since`, as text in the form of server-sent events. */
  async openEvents(since: number | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const query = since === null ? '' : `?since=${since}`;
    const response = await this.#send('GET', `labdeck/events${query}`, undefined, signal);
    if (response.body === null) throw new HubError(0, NO_ANSWER);
    return response.body;
  }

  #ours = <T>(method: Method, path: string, body?: unknown): Promise<T> => this.#hub(method, `labdeck/${path}`, body);

  async #hub<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const response = await this.#send(method, path, body);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async #send(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `token ${this.#endpoint.token}` };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const request: RequestInit = { method, headers, cache: 'no-store', credentials: 'omit' };
    if (body !== undefined) request.body = JSON.stringify(body);
    if (signal !== undefined) request.signal = signal;
    let response: Response;
    try {
      response = await fetch(`${this.#endpoint.base}/hub/api/${path}`, request);
    } catch {
      throw new HubError(0, NO_ANSWER);
    }
    if (!response.ok) throw new HubError(response.status, await readMessage(response));
    return response;
  }
}

const NO_ANSWER = 'The hub does not answer. The window keeps trying to reach it.';

const part = encodeURIComponent;

function serverPath(user: string, server: string): string {
  return server === '' ? `users/${part(user)}/server` : `users/${part(user)}/servers/${part(server)}`;
}

async function readMessage(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { message?: unknown };
    if (typeof body.message === 'string' && body.message !== '') return body.message;
  } catch {
    // The answer was no JSON; its status is all there is to say.
  }
  return `The hub refused this (status ${response.status}).`;
}

