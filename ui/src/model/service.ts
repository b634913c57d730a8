// Services as people read them: what one does now, and what went wrong. Pure.
import type { Service } from '../api/types';
import { counted, formatSpan } from './format';

export type ServiceTone = 'ready' | 'warning' | 'failed' | 'idle';

/** A word with its tone, as a status shows it. */
export interface ServiceWord {
  word: string;
  tone: ServiceTone;
}

/** What a service does now. */
export function serviceWord(service: Service, now: number): ServiceWord {
  switch (service.state) {
    case 'starting':
      return { word: 'Starting', tone: 'idle' };
    case 'waiting':
      return { word: `Failed · ${nextStart(service, now)}`, tone: 'failed' };
    case 'stopped':
      return { word: 'Stopped', tone: 'idle' };
    case 'running':
      return service.healthy === false ? { word: 'Running, does not answer', tone: 'warning' } : { word: 'Running', tone: 'ready' };
    case 'external':
      if (service.url === null) return { word: 'Runs elsewhere', tone: 'idle' };
      if (service.healthy === null) return { word: 'Not asked yet', tone: 'idle' };
      return service.healthy ? { word: 'Answers', tone: 'ready' } : { word: 'Does not answer', tone: 'warning' };
  }
}

function nextStart({ next_start }: Service, now: number): string {
  const left = next_start === null ? 0 : Date.parse(next_start) - now;
  return left <= 0 ? 'starts again now' : `starts again in ${formatSpan(left)}`;
}

/** Why it is not as it should be, in a sentence; nothing where all is well. */
export function serviceTrouble(service: Service): string {
  if (service.state === 'waiting') return service.last_exit?.message ?? '';
  return service.healthy === false ? (service.trouble ?? 'It does not answer.') : '';
}

/** Who starts it, and how it went so far. */
export function serviceFacts(service: Service, now: number): string {
  const facts = [service.from_config ? 'from the configuration file' : 'added while the hub ran'];
  if (service.admin) facts.push('may do everything');
  if (service.state === 'running' && service.since !== null) facts.push(`for ${formatSpan(now - Date.parse(service.since))}`);
  if (service.restarts > 0) facts.push(`started again ${counted(service.restarts, 'time', 'times')}`);
  return facts.join(' · ');
}

/** Whether the hub starts it, and so has a log and can start it again. */
export function isKept(service: Service): boolean {
  return service.state !== 'external';
}

/** Its address for a browser, below the hub's own; null for one without pages. */
export function serviceLink(service: Service, hub: string | undefined): string | null {
  return service.prefix === null || hub === undefined ? null : new URL(service.prefix, hub).href;
}

/** What is wrong with a name or an address before the hub is asked; null where nothing is. */
export function serviceProblem(name: string, url: string): string | null {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name)) return 'The name stands in addresses: letters, digits, dots and dashes.';
  if (url !== '' && !/^http:\/\/[^/\s]+/i.test(url)) return 'The address is where it listens: http://127.0.0.1:9000.';
  return null;
}
