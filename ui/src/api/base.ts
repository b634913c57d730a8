// How the window asks the hub: where, with which key, and what becomes of a refusal. Paths, bodies and answers are checked
// against the hub's own document (`schema.ts`).
import createClient, { type Client } from 'openapi-fetch';

import { xsrfToken } from '../native/bridge';
import { HubError } from './errors';
import type { paths } from './schema';

/** Where the hub is, and the key to it: the control listener's token, or the browser's own session. */
export type Endpoint = { base: string; token: string } | { base: string; session: true };

const PAGE = 200; // JupyterHub's greatest page size
export const NO_ANSWER = 'The hub does not answer. The window keeps trying to reach it.';

export class ApiClient {
  protected readonly api: Client<paths>;

  constructor(endpoint: Endpoint) {
    const key = 'token' in endpoint ? { headers: { Authorization: `token ${endpoint.token}` }, credentials: 'omit' as const } : { credentials: 'same-origin' as const };
    this.api = createClient<paths>({ baseUrl: endpoint.base.replace(/\/+$/, ''), cache: 'no-store', ...key });
    // A session counts only beside its token, which a page of another site cannot read.
    if ('session' in endpoint) this.api.use({ onRequest: ({ request }) => request.headers.set('X-XSRFToken', xsrfToken(document.cookie)) });
    this.api.use({ onError: () => new HubError(0, NO_ANSWER) });
  }

  protected async allPages<T>(fetchPage: (query: { offset: number; limit: number }) => Promise<T[]>): Promise<T[]> {
    const all: T[] = [];
    for (;;) {
      const page = await fetchPage({ offset: all.length, limit: PAGE });
      all.push(...page);
      if (page.length < PAGE) return all;
    }
  }
}

type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** What the hub answered, or its refusal thrown. */
export async function answer<T>(call: Call<T>): Promise<NonNullable<T>> {
  const { data, error, response } = await call;
  if (!response.ok) throw HubError.of(response.status, error);
  return data as NonNullable<T>;
}

/** The same for calls that only say that it is done. */
export async function done(call: Call<unknown>): Promise<void> {
  const { error, response } = await call;
  if (!response.ok) throw HubError.of(response.status, error);
}
