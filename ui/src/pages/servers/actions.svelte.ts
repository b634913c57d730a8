// What can be done with a server, and which question is open for it. Shared by the servers' page and a server's own.
import type { StartChoice } from '../../api/client';
import type { StartOptions } from '../../api/types';
import { toasts } from '../../components/toasts.svelte';
import { live } from '../../events/live.svelte';
import { serverKey } from '../../events/snapshot';
import { isVisit } from '../../model/person';
import { busyWords, findLine, serverTitle, type ServerLine } from '../../model/server';
import { hasChoice } from '../../model/start';

type Open = 'why' | 'visit' | 'start' | 'restart' | 'stop' | 'awake' | 'message';

export class ServerActions {
  open = $state<Open | null>(null);
  chosen = $state<{ user: string; name: string } | null>(null);
  /** What there is to choose, for the open start. */
  options = $state.raw<StartOptions | null>(null);
  /** Why the open stop would disturb somebody. */
  busy = $state('');

  show(open: Open, line: ServerLine): void {
    this.chosen = { user: line.user, name: line.name };
    this.open = open;
  }

  close = (): void => {
    this.open = null;
  };

  /** Whether the reader may do something with a server. */
  may(scope: string, line: ServerLine): boolean {
    const groups = live.snapshot.users?.find((user) => user.name === line.user)?.groups ?? [];
    return live.rights.may(scope, { user: line.user, groups, server: { user: line.user, name: line.name } });
  }

  /** Starts at once where there is nothing to choose, else asks. */
  async start(line: ServerLine): Promise<void> {
    this.options = await live.client.getStartOptions(line.user, line.name);
    if (hasChoice(this.options)) this.show('start', line);
    else await live.client.startServer(line.user, line.name, null);
  }

  async restart(line: ServerLine): Promise<void> {
    this.options = await live.client.getStartOptions(line.user, line.name);
    this.show('restart', line);
  }

  /** Does what the open dialog is for. */
  async startWith(line: ServerLine, choice: StartChoice): Promise<void> {
    if (this.open === 'restart') await live.client.restartServer(line.user, line.name, choice);
    else await live.client.startServer(line.user, line.name, choice);
  }

  /** Stops at once where nobody is at work, else asks. */
  async stop(line: ServerLine): Promise<void> {
    // Nothing tells the window of mere use, so the time of the last one is asked for.
    await live.refresh('servers');
    const { server } = findLine(line, live.snapshot.servers);
    const busy = busyWords(server, live.snapshot.usage[serverKey(line.user, line.name)] ?? [], Date.now());
    if (busy === null) await this.stopNow(line);
    else {
      this.busy = busy;
      this.show('stop', line);
    }
  }

  async stopNow(line: ServerLine): Promise<void> {
    await live.client.stopServer(line.user, line.name);
  }

  async keepAwake(line: ServerLine, hours: number | null): Promise<void> {
    await live.client.keepAwake(line.user, line.name, hours);
    const title = serverTitle(line.user, line.server);
    toasts.add('done', hours === null ? `${title} may be stopped by the idle rules again.` : `${title} stays awake for ${hours} h.`);
  }

  /** Opens in the system's browser; somebody else's server only after saying that they will see it. */
  async visit(line: ServerLine): Promise<void> {
    if (isVisit(line.user, live.me)) this.show('visit', line);
    else await this.openInBrowser(line);
  }

  async openInBrowser(line: ServerLine): Promise<void> {
    if (line.server === null) return;
    // In a browser it is a page beside this one, with the same sign-in.
    if (live.panel === null) await live.client.createTicket(line.server.url);
    else open(line.server.url, '_blank', 'noopener');
  }
}
