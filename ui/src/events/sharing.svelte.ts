// The link that somebody wants opened: pasted, dropped, or typed. It opens a question and never acts by itself.
import type { OpenedLink } from '../model/share';

class LinkDesk {
  /** What is asked about; null where nothing is. */
  opened = $state<OpenedLink | null>(null);

  close = (): void => {
    this.opened = null;
  };
}

export const linkDesk = new LinkDesk();

/** The link in what was pasted or dropped; null where there is none, and nothing is to happen. */
export function linkIn(data: DataTransfer | null): string | null {
  const listed = data?.getData('text/uri-list').split(/[\r\n]+/).find((line) => line !== '' && !line.startsWith('#'));
  const text = listed ?? data?.getData('text/plain').trim() ?? '';
  return /^https?:\/\/\S+$/.test(text) ? text : null;
}
