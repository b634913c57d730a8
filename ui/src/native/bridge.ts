// Where the hub is and what opens it. The window asks its shell for the control listener and its token; at
// `{hub}admin/` a browser has its session; for development and tests both come from the page's own address:
// `?base=http://127.0.0.1:1234#token=…`.
import { invoke, isTauri } from '@tauri-apps/api/core';

import type { Endpoint } from '../api/client';

/** Where the hub serves this bundle to browsers, below its base. */
const PANEL = /^(\/.*?)?\/hub\/admin\/$/;

/** Finds the hub's endpoint; fails in words where there is none to be had. */
export async function findEndpoint(): Promise<Endpoint> {
  if (isTauri()) return invoke<Endpoint>('control_endpoint');
  const base = panelBase(location.pathname);
  if (base !== null) return { base: `${location.origin}${base}`, session: true };
  const endpoint = endpointFromAddress(location.search, location.hash);
  if (endpoint === null) throw new Error('This page belongs to the Labdeck window. Open Labdeck to use it.');
  // The token must not stay in the address bar, where it would be copied along.
  history.replaceState(null, '', `${location.pathname}${location.search}#/`);
  return endpoint;
}

/** Whether the hub itself served this page, and then the path below which it lies: `/lab/hub/admin/` → `/lab`. */
export function panelBase(path: string): string | null {
  const match = PANEL.exec(path);
  return match === null ? null : (match[1] ?? '');
}

/** Reads `?base=` and `#token=`; null unless both are there. */
export function endpointFromAddress(search: string, hash: string): Endpoint | null {
  const base = new URLSearchParams(search).get('base');
  const token = new URLSearchParams(hash.replace(/^#\/?\??/, '')).get('token');
  return base && token ? { base, token } : null;
}

/** The token that a browser must show beside its cookie, from those cookies; empty before the hub gave one. */
export function xsrfToken(cookies: string): string {
  return /(?:^|; )_xsrf=([^;]*)/.exec(cookies)?.[1] ?? '';
}
