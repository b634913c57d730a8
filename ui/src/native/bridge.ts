// What only a window can know: where the control listener is, and its token. In a browser (development, tests) both
// come from the page's own address: `?base=http://127.0.0.1:1234#token=…`.
import { invoke, isTauri } from '@tauri-apps/api/core';

import type { Endpoint } from '../api/client';

/** Asks the window for the hub's endpoint; fails in words where there is none to be had. */
export async function findEndpoint(): Promise<Endpoint> {
  if (isTauri()) return invoke<Endpoint>('control_endpoint');
  const endpoint = endpointFromAddress(location.search, location.hash);
  if (endpoint === null) throw new Error('This page belongs to the Labdeck window. Open Labdeck to use it.');
  // The token must not stay in the address bar, where it would be copied along.
  history.replaceState(null, '', `${location.pathname}${location.search}#/`);
  return endpoint;
}

/** Reads `?base=` and `#token=`; null unless both are there. */
export function endpointFromAddress(search: string, hash: string): Endpoint | null {
  const base = new URLSearchParams(search).get('base');
  const token = new URLSearchParams(hash.replace(/^#\/?\??/, '')).get('token');
  return base && token ? { base, token } : null;
}
