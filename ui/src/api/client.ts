// Every request of the window. Paths, bodies and answers are checked against the hub's own document (`schema.ts`).
import createClient, { type Client } from 'openapi-fetch';

import { HubError } from './errors';
import type { paths } from './schema';
import type { HubChange, Image, Invitation, Job, Overview, OwnedServer, Stack, Ticket, User } from './types';

/** Where the hub's control listener is, and the key to it. */
export interface Endpoint {
  base: string;
  token: string;
}

const PAGE = 200; // JupyterHub's greatest page size
const NO_ANSWER = 'The hub does not answer. The window keeps trying to reach it.';

export class HubClient {
  readonly #api: Client<paths>;

  constructor({ base, token }: Endpoint) {
    this.#api = createClient<paths>({
      baseUrl: base.replace(/\/+$/, ''),
      headers: { Authorization: `token ${token}` },
      cache: 'no-store',
      credentials: 'omit',
    });
    this.#api.use({ onError: () => new HubError(0, NO_ANSWER) });
  }

  getOverview = (): Promise<Overview> => answer(this.#api.GET('/hub/api/labdeck/overview'));
  updateHub = (body: HubChange): Promise<Overview> => answer(this.#api.PATCH('/hub/api/labdeck/hub', { body }));
  claim = (name: string): Promise<{ name: string }> => answer(this.#api.POST('/hub/api/labdeck/claim', { body: { name } }));

  listServers = (): Promise<OwnedServer[]> => answer(this.#api.GET('/hub/api/labdeck/servers'));
  listStacks = (): Promise<Stack[]> => answer(this.#api.GET('/hub/api/labdeck/stacks'));
  listImages = (): Promise<Image[]> => answer(this.#api.GET('/hub/api/labdeck/images'));
  listJobs = (): Promise<Job[]> => answer(this.#api.GET('/hub/api/labdeck/jobs'));

  startPull = (reference: string): Promise<Job> => answer(this.#api.POST('/hub/api/labdeck/pulls', { body: { reference } }));
  cancelJob = (id: number): Promise<void> => done(this.#api.DELETE('/hub/api/labdeck/jobs/{id}', { params: { path: { id } } }));

  createTicket = (path: string): Promise<Ticket> => answer(this.#api.POST('/hub/api/labdeck/tickets', { body: { path, open: true } }));

  createInvitation(name: string): Promise<Invitation> {
    return answer(this.#api.POST('/hub/api/labdeck/users/{name}/invitation', { params: { path: { name } } }));
  }

  deleteUser = (name: string): Promise<void> => done(this.#api.DELETE('/hub/api/users/{name}', { params: { path: { name } } }));

  async createUsers(usernames: string[]): Promise<User[]> {
    return (await answer(this.#api.POST('/hub/api/users', { body: { usernames } }))) as User[];
  }

  updateStack({ name, ...body }: Stack): Promise<Stack> {
    return answer(this.#api.PUT('/hub/api/labdeck/stacks/{name}', { params: { path: { name } }, body }));
  }

  deleteStack(name: string): Promise<void> {
    return done(this.#api.DELETE('/hub/api/labdeck/stacks/{name}', { params: { path: { name } } }));
  }

  async getServerLog(user: string, server: string, lines: number): Promise<string[]> {
    const params = { path: { name: user, server: server === '' ? '~' : server }, query: { lines } };
    return (await answer(this.#api.GET('/hub/api/labdeck/servers/{name}/{server}/log', { params }))).lines;
  }

  startServer(name: string, server: string, stack: string | null): Promise<void> {
    const body = stack === null ? {} : { user_options: { stack } };
    if (server === '') return done(this.#api.POST('/hub/api/users/{name}/server', { params: { path: { name } }, body }));
    return done(this.#api.POST('/hub/api/users/{name}/servers/{server}', { params: { path: { name, server } }, body }));
  }

  stopServer(name: string, server: string): Promise<void> {
    if (server === '') return done(this.#api.DELETE('/hub/api/users/{name}/server', { params: { path: { name } } }));
    return done(this.#api.DELETE('/hub/api/users/{name}/servers/{server}', { params: { path: { name, server } } }));
  }

  /** All users, page by page. */
  async listUsers(): Promise<User[]> {
    const all: User[] = [];
    for (;;) {
      const query = { include_stopped_servers: '1', offset: all.length, limit: PAGE };
      const page = await answer(this.#api.GET('/hub/api/users', { params: { query } }));
      all.push(...(page as User[]));
      if (page.length < PAGE) return all;
    }
  }

  /** The stream of events after `since`, as text in the form of server-sent events. */
  async openEvents(since: number | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const query = since === null ? {} : { since };
    const body = await answer(this.#api.GET('/hub/api/labdeck/events', { params: { query }, parseAs: 'stream', signal }));
    if (body === null || body === undefined) throw new HubError(0, NO_ANSWER);
    return body;
  }
}

type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** What the hub answered, or its refusal thrown. */
async function answer<T>(call: Call<T>): Promise<NonNullable<T>> {
  const { data, error, response } = await call;
  if (!response.ok) throw HubError.of(response.status, error);
  return data as NonNullable<T>;
}

/** The same for calls that only say that it is done. */
async function done(call: Call<unknown>): Promise<void> {
  const { error, response } = await call;
  if (!response.ok) throw HubError.of(response.status, error);
}
