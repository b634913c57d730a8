// Every other request of the window: the hub, its servers, stacks, sizes, folders, homes.
import { NO_ANSWER, answer, done } from './base';
import { HubError } from './errors';
import { PeopleClient } from './people';
import type {
  Diagnosis, DownloadWish, Environment, Folder, FolderView, Home, HubChange, IdleRule, IdleRules, Image, Job, Overview, OwnedServer,
  Resources, ResourcesChange, ServerEntry, ServerView, Size, Stack, StartOptions, Ticket, UsageView,
} from './types';

export type { Endpoint } from './base';
export type { HomesChoice, RoleHolder, ShareWish, TokenWish } from './people';

/** What is chosen at a start; what is absent is as it was the last time. */
export interface StartChoice {
  stack?: string;
  size?: string;
  image?: string;
  folders?: string[];
}

export class HubClient extends PeopleClient {
  getOverview = (): Promise<Overview> => answer(this.api.GET('/hub/api/labdeck/overview'));
  updateHub = (body: HubChange): Promise<Overview> => answer(this.api.PATCH('/hub/api/labdeck/hub', { body }));
  claim = (name: string): Promise<{ name: string }> => answer(this.api.POST('/hub/api/labdeck/claim', { body: { name } }));

  listServers = (): Promise<OwnedServer[]> => answer(this.api.GET('/hub/api/labdeck/servers'));
  listStacks = (): Promise<Stack[]> => answer(this.api.GET('/hub/api/labdeck/stacks'));
  listImages = (): Promise<Image[]> => answer(this.api.GET('/hub/api/labdeck/images'));
  listJobs = (): Promise<Job[]> => answer(this.api.GET('/hub/api/labdeck/jobs'));

  startPull = (reference: string): Promise<Job> => answer(this.api.POST('/hub/api/labdeck/pulls', { body: { reference } }));
  cancelJob = (id: number): Promise<void> => done(this.api.DELETE('/hub/api/labdeck/jobs/{id}', { params: { path: { id } } }));

  createTicket = (path: string): Promise<Ticket> => answer(this.api.POST('/hub/api/labdeck/tickets', { body: { path, open: true } }));

  updateStack({ name, ...body }: Stack): Promise<Stack> {
    return answer(this.api.PUT('/hub/api/labdeck/stacks/{name}', { params: { path: { name } }, body }));
  }

  deleteStack(name: string): Promise<void> {
    return done(this.api.DELETE('/hub/api/labdeck/stacks/{name}', { params: { path: { name } } }));
  }

  async getServerLog(user: string, server: string, lines: number): Promise<string[]> {
    const params = { ...ofServer(user, server), query: { lines } };
    return (await answer(this.api.GET('/hub/api/labdeck/servers/{name}/{server}/log', { params }))).lines;
  }

  /** Starts a server; where there is no room it waits in the queue. */
  startServer(name: string, server: string, choice: StartChoice | null): Promise<void> {
    const body = { labdeck_queue: true, ...(choice === null ? {} : { user_options: choice }) };
    if (server === '') return done(this.api.POST('/hub/api/users/{name}/server', { params: { path: { name } }, body }));
    return done(this.api.POST('/hub/api/users/{name}/servers/{server}', { params: { path: { name, server } }, body }));
  }

  stopServer(name: string, server: string): Promise<void> {
    if (server === '') return done(this.api.DELETE('/hub/api/users/{name}/server', { params: { path: { name } } }));
    return done(this.api.DELETE('/hub/api/users/{name}/servers/{server}', { params: { path: { name, server } } }));
  }

  restartServer(user: string, server: string, choice: StartChoice | null): Promise<void> {
    const body = choice === null ? {} : { user_options: choice };
    return done(this.api.POST('/hub/api/labdeck/servers/{name}/{server}/restart', { params: ofServer(user, server), body }));
  }

  listEntries(user: string, server: string): Promise<ServerEntry[]> {
    const params = { ...ofServer(user, server), query: { limit: 200 } };
    return answer(this.api.GET('/hub/api/labdeck/servers/{name}/{server}/events', { params }));
  }

  /** What is wrong with a server; null where nothing is. */
  async findDiagnosis(user: string, server: string): Promise<Diagnosis | null> {
    try {
      return await answer(this.api.GET('/hub/api/labdeck/servers/{name}/{server}/diagnosis', { params: ofServer(user, server) }));
    } catch (cause) {
      if (cause instanceof HubError && cause.status === 404) return null;
      throw cause;
    }
  }

  /** Begins to put something right; a job where that takes a while, null where it is done already. */
  async fixServer(user: string, server: string, id: string): Promise<Job | null> {
    const params = { path: { ...ofServer(user, server).path, id } };
    return (await answer(this.api.POST('/hub/api/labdeck/servers/{name}/{server}/fix/{id}', { params }))) ?? null;
  }

  /** Keeps a server from being stopped for so many hours; null lets it go again. */
  keepAwake(user: string, server: string, hours: number | null): Promise<ServerView> {
    return answer(this.api.POST('/hub/api/labdeck/servers/{name}/{server}/awake', { params: ofServer(user, server), body: { hours } }));
  }

  sendMessage(user: string, server: string, text: string): Promise<void> {
    return done(this.api.POST('/hub/api/labdeck/servers/{name}/{server}/message', { params: ofServer(user, server), body: { text } }));
  }

  getStartOptions(name: string, server: string): Promise<StartOptions> {
    return answer(this.api.GET('/hub/api/labdeck/users/{name}/start-options', { params: { path: { name }, query: { server } } })) as Promise<StartOptions>;
  }

  /** The lines of a server's log as they are written, in the form of server-sent events. */
  async openLog(user: string, server: string, lines: number, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const params = { ...ofServer(user, server), query: { lines } };
    const body = await answer(this.api.GET('/hub/api/labdeck/servers/{name}/{server}/log/follow', { params, parseAs: 'stream', signal }));
    if (body === null || body === undefined) throw new HubError(0, NO_ANSWER);
    return body;
  }

  /** What a server used over the last day. */
  getUsage(user: string, server: string): Promise<UsageView> {
    return answer(this.api.GET('/hub/api/labdeck/servers/{name}/{server}/usage', { params: ofServer(user, server) }));
  }

  /** Lets the hub save a file in the lead's own folder for downloads: for the window alone. */
  startDownload = (body: DownloadWish): Promise<Job> => answer(this.api.POST('/hub/api/labdeck/downloads', { body }));
  showDownload = (id: number): Promise<void> => done(this.api.POST('/hub/api/labdeck/downloads/{id}/show', { params: { path: { id } } }));

  downloadLog(user: string, server: string): Promise<Blob> {
    return answer(this.api.GET('/hub/api/labdeck/servers/{name}/{server}/log/download', { params: ofServer(user, server), parseAs: 'blob' }));
  }

  getResources = (): Promise<Resources> => answer(this.api.GET('/hub/api/labdeck/resources'));
  updateResources = (body: ResourcesChange): Promise<Resources> => answer(this.api.PATCH('/hub/api/labdeck/resources', { body }));

  listSizes = (): Promise<Size[]> => answer(this.api.GET('/hub/api/labdeck/sizes')) as Promise<Size[]>;
  updateSize = ({ name, ...body }: Size): Promise<void> => done(this.api.PUT('/hub/api/labdeck/sizes/{name}', { params: { path: { name } }, body }));
  deleteSize = (name: string): Promise<void> => done(this.api.DELETE('/hub/api/labdeck/sizes/{name}', { params: { path: { name } } }));

  getIdleRules = (): Promise<IdleRules> => answer(this.api.GET('/hub/api/labdeck/idle-rules'));
  updateIdleRules = (body: IdleRule): Promise<IdleRules> => answer(this.api.PUT('/hub/api/labdeck/idle-rules', { body }));
  /** What is said for one person; what is absent is as for all. */
  getIdleRule = (name: string): Promise<Partial<IdleRule>> =>
    answer(this.api.GET('/hub/api/labdeck/users/{name}/idle-rule', { params: { path: { name } } }));
  updateIdleRule = (name: string, body: IdleRule): Promise<void> =>
    done(this.api.PUT('/hub/api/labdeck/users/{name}/idle-rule', { params: { path: { name } }, body }));
  deleteIdleRule = (name: string): Promise<void> => done(this.api.DELETE('/hub/api/labdeck/users/{name}/idle-rule', { params: { path: { name } } }));

  listFolders = (): Promise<FolderView[]> => answer(this.api.GET('/hub/api/labdeck/folders'));
  updateFolder = ({ name, ...body }: Folder): Promise<void> => done(this.api.PUT('/hub/api/labdeck/folders/{name}', { params: { path: { name } }, body }));
  deleteFolder = (name: string): Promise<void> => done(this.api.DELETE('/hub/api/labdeck/folders/{name}', { params: { path: { name } } }));
  fixFolder = (name: string): Promise<Job> => answer(this.api.POST('/hub/api/labdeck/folders/{name}/fix', { params: { path: { name } } }));

  /** Everybody's homes; with `measure` their sizes too, which takes a while. */
  listHomes = (measure: 'measure' | 'at_once'): Promise<Home[]> =>
    answer(this.api.GET('/hub/api/labdeck/homes', { params: { query: measure === 'measure' ? { measure: true } : {} } }));
  deleteHome = ({ id, home }: Home): Promise<void> =>
    done(this.api.DELETE('/hub/api/labdeck/homes/{id}', { params: { path: { id }, query: { confirm: home } } }));
  archiveHome = (id: string): Promise<Job> => answer(this.api.POST('/hub/api/labdeck/homes/{id}/archive', { params: { path: { id } } }));
  restoreHome = (id: string, body: { user: string; server: string; replace: boolean }): Promise<Job> =>
    answer(this.api.POST('/hub/api/labdeck/homes/{id}/restore', { params: { path: { id } }, body }));
  downloadHome = (id: string): Promise<Blob> =>
    answer(this.api.GET('/hub/api/labdeck/homes/{id}/archive', { params: { path: { id } }, parseAs: 'blob' }));

  getEnvironment = (): Promise<Environment> => answer(this.api.GET('/hub/api/labdeck/environment'));
  repairEnvironment = (): Promise<Job> => answer(this.api.POST('/hub/api/labdeck/environment/repair'));
  upgradeEnvironment = (): Promise<Job> => answer(this.api.POST('/hub/api/labdeck/environment/upgrade'));

  /** The stream of events after `since`, as text in the form of server-sent events. */
  async openEvents(since: number | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const query = since === null ? {} : { since };
    const body = await answer(this.api.GET('/hub/api/labdeck/events', { params: { query }, parseAs: 'stream', signal }));
    if (body === null || body === undefined) throw new HubError(0, NO_ANSWER);
    return body;
  }
}

/** A server in a path; `~` is the default one. */
function ofServer(user: string, server: string): { path: { name: string; server: string } } {
  return { path: { name: user, server: server === '' ? '~' : server } };
}
