// Tokens as people read them. Pure.
import type { Token } from '../api/types';
import { formatAgo } from './format';

/** How JupyterHub calls what made a token that somebody asked for. */
const ASKED_FOR = 'JupyterHub';

/** Whether somebody made it; the rest are the hub's own, for servers and for programs that people signed in to. */
export function isAskedFor(token: Token): boolean {
  return token.oauth_client === ASKED_FOR && !token.note.startsWith('Server at ');
}

/** When it was made, last used, and when it ends. */
export function tokenTimes(token: Token, now: number): string {
  const used = token.last_activity === null ? 'never used' : `last used ${formatAgo(token.last_activity, now)}`;
  const left = token.expires_at === null ? 'does not end' : `ends ${new Date(token.expires_at).toLocaleDateString(undefined, { dateStyle: 'medium' })}`;
  return `made ${formatAgo(token.created, now)} · ${used} · ${left}`;
}

/** How long a token can be made for. */
export const LIFETIMES = [
  { word: 'a day', seconds: 86_400 },
  { word: 'a week', seconds: 604_800 },
  { word: '30 days', seconds: 2_592_000 },
  { word: 'a year', seconds: 31_536_000 },
] as const;

/** What a token is most often made for; each is about its owner alone. */
export const USUAL_SCOPES = ['read:users', 'servers', 'access:servers', 'users:activity', 'tokens'] as const;
