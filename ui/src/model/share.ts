// Shares and the links that lead to shared servers. Pure.
import type { Frame } from './frame';
import type { Share, ShareCode } from '../api/types';

/** `ada`, or `ada · gpu` for a named server. */
export function sharedTitle({ server }: Pick<Share | ShareCode, 'server'>): string {
  return server.name === '' ? server.user.name : `${server.user.name} · ${server.name}`;
}

/** With whom: `bo`, or `everybody in lab`. */
export function sharedWith(share: Share): string {
  return share.user?.name ?? `everybody in ${share.group?.name ?? 'a group'}`;
}

/** What a share allows, as a sentence's end. */
export function allowWords(words: readonly string[]): string {
  return words.length === 0 ? 'nothing' : words.join(', ');
}

/** How long something can be shared for. */
export const SHARE_TIMES = [
  { word: 'an hour', seconds: 3600 },
  { word: 'a day', seconds: 86_400 },
  { word: 'a week', seconds: 604_800 },
  { word: '30 days', seconds: 2_592_000 },
] as const;

/** Links live a year at most. */
export const LONGEST_LINK = 31_536_000;

/** What somebody's link turned out to be. */
export type OpenedLink =
  | { kind: 'accept'; path: string }
  | { kind: 'server'; path: string; user: string; server: string }
  | { kind: 'own'; path: string }
  | { kind: 'wrong'; why: string };

const wrong = (why: string): OpenedLink => ({ kind: 'wrong', why });
/** What begins the path of a page of the default server; every other word is the name of a server. */
const PAGES = ['lab', 'tree', 'notebooks', 'api', 'files', 'doc', 'retro', 'terminals', 'notebook', 'edit'];

/** Reads a link that was pasted or dropped. It names a page of this hub, or says in words why not. */
export function readLink(text: string, frame: Frame, local?: string): OpenedLink {
  const link = text.trim();
  if (link === '') return wrong('Paste a link first.');
  const home = frame.addresses[0] ?? local;
  if (home === undefined) return wrong('The hub has no address while it is off. Turn it on, in the overview.');
  if (/\s/.test(link) || !URL.canParse(link, home)) return wrong('That is no link. It begins with http:// and has no spaces.');
  const url = new URL(link, home);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return wrong('That is no link to a hub. It begins with http:// or https://.');
  const known = [...frame.addresses, ...(local === undefined ? [] : [local])].map((address) => new URL(address).host);
  if (!known.includes(url.host)) return wrong(`That link is of another hub, ${url.host}. Open it in your browser; this one is ${known[0]}.`);
  return readPath(url, new URL(home).pathname);
}

function readPath(url: URL, base: string): OpenedLink {
  const path = `${url.pathname}${url.search}`;
  const below = url.pathname.startsWith(base) ? url.pathname.slice(base.length) : null;
  if (below === null || /%2e%2e|\.\.|\/\/|\\/i.test(url.pathname)) return wrong('That link leads nowhere on this hub.');
  if (below.replace(/\/$/, '') === 'hub/accept-share') {
    return url.searchParams.get('code') ? { kind: 'accept', path } : wrong('Its code is missing: the link was cut when it was copied. Ask for it again.');
  }
  if (/^hub\/user-redirect(\/|$)/.test(below)) return { kind: 'own', path };
  const [first, user, server = ''] = below.split('/');
  if (first !== 'user' || !user) return wrong('That link is of this hub, but of no shared server.');
  try {
    const name = decodeURIComponent(server);
    return { kind: 'server', path, user: decodeURIComponent(user), server: PAGES.includes(name) ? '' : name };
  } catch {
    return wrong('That link was damaged when it was copied. Ask for it again.');
  }
}
