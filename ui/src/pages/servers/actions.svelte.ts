// What the servers' page can do with a line, and which question or drawer is open for it.
import { live } from '../../events/live.svelte';
import { isVisit } from '../../model/person';
import type { ServerLine } from '../../model/server';

type Open = 'log' | 'failure' | 'visit' | 'start';

export class ServerActions {
  open = $state<Open | null>(null);
  chosen = $state<{ user: string; name: string } | null>(null);

  show(open: Open, line: ServerLine): void {
    this.chosen = { user: line.user, name: line.name };
    this.open = open;
  }

  close = (): void => {
    this.open = null;
  };

  /** Starts at once where there is nothing to choose, else asks for the stack. */
  async start(line: ServerLine): Promise<void> {
    const offered = (live.snapshot.stacks ?? []).filter((stack) => stack.offered);
    if (live.overview?.spawner === 'docker' && offered.length > 1) this.show('start', line);
    else await live.client.startServer(line.user, line.name, null);
  }

  async startWith(line: ServerLine, stack: string): Promise<void> {
    await live.client.startServer(line.user, line.name, stack);
  }

  async stop(line: ServerLine): Promise<void> {
    await live.client.stopServer(line.user, line.name);
  }

  /** Opens in the system's browser; somebody else's server only after saying that they will see it. */
  async visit(line: ServerLine): Promise<void> {
    if (isVisit(line.user, live.overview)) this.show('visit', line);
    else await this.openInBrowser(line);
  }

  async openInBrowser(line: ServerLine): Promise<void> {
    if (line.server !== null) await live.client.createTicket(line.server.url);
  }
}
