// Requests about people: users, groups, roles, tokens, shares, services. What the panel in a browser needs too.
import { ApiClient, answer, done } from './base';
import type { Group, Invitation, MadeToken, NewShareCode, Panel, Right, Role, Service, ServiceWish, Sharing, Token, User } from './types';

/** A share to be given; without an end it holds until it is taken back. */
export interface ShareWish {
  user?: string;
  group?: string;
  scopes?: string[];
  labdeck_expires_in?: number;
}

/** To whom a role is given, or with whom a server is shared. */
export type RoleHolder = { user: string } | { group: string };

/** A token to be made; without scopes it may whatever its owner may. */
export interface TokenWish {
  note: string;
  expires_in?: number;
  scopes?: string[];
}

/** What becomes of somebody's files when they are removed. */
export type HomesChoice = 'keep' | 'archive' | 'erase';

/** What of a person is kept from those who may not read it. */
const UNTOLD = { admin: false, groups: [], created: null, last_activity: null, servers: {} };

export class PeopleClient extends ApiClient {
  createInvitation(name: string): Promise<Invitation> {
    return answer(this.api.POST('/hub/api/labdeck/users/{name}/invitation', { params: { path: { name } } }));
  }

  deleteUser(name: string, labdeck_homes: HomesChoice): Promise<void> {
    return done(this.api.DELETE('/hub/api/users/{name}', { params: { path: { name }, query: { labdeck_homes } } }));
  }

  async createUsers(usernames: string[]): Promise<User[]> {
    return (await answer(this.api.POST('/hub/api/users', { body: { usernames } }))) as User[];
  }

  listServices = (): Promise<Service[]> => answer(this.api.GET('/hub/api/labdeck/services'));
  createService = (name: string, body: ServiceWish): Promise<void> => done(this.api.POST('/hub/api/services/{name}', { params: { path: { name } }, body }));
  deleteService = (name: string): Promise<void> => done(this.api.DELETE('/hub/api/services/{name}', { params: { path: { name } } }));
  restartService = (name: string): Promise<void> => done(this.api.POST('/hub/api/labdeck/services/{name}/restart', { params: { path: { name } } }));
  getServiceLog = async (name: string, lines: number): Promise<string[]> =>
    (await answer(this.api.GET('/hub/api/labdeck/services/{name}/log', { params: { path: { name }, query: { lines } } }))).lines;

  getPanel = (): Promise<Panel> => answer(this.api.GET('/hub/api/labdeck/panel'));
  updateUser = (name: string, body: { admin: boolean }): Promise<void> => done(this.api.PATCH('/hub/api/users/{name}', { params: { path: { name } }, body }));

  listRoles = (): Promise<Role[]> => answer(this.api.GET('/hub/api/labdeck/roles'));
  giveRole = (role: string, to: RoleHolder): Promise<void> =>
    done('user' in to ? this.api.PUT('/hub/api/labdeck/roles/{role}/users/{name}', { params: { path: { role, name: to.user } } })
      : this.api.PUT('/hub/api/labdeck/roles/{role}/groups/{name}', { params: { path: { role, name: to.group } } }));
  takeRole = (role: string, from: RoleHolder): Promise<void> =>
    done('user' in from ? this.api.DELETE('/hub/api/labdeck/roles/{role}/users/{name}', { params: { path: { role, name: from.user } } })
      : this.api.DELETE('/hub/api/labdeck/roles/{role}/groups/{name}', { params: { path: { role, name: from.group } } }));

  listGroups = (): Promise<Group[]> => this.allPages<Group>((query) => answer(this.api.GET('/hub/api/groups', { params: { query } })));
  createGroup = (name: string): Promise<void> => done(this.api.POST('/hub/api/groups/{name}', { params: { path: { name } }, body: {} }));
  deleteGroup = (name: string): Promise<void> => done(this.api.DELETE('/hub/api/groups/{name}', { params: { path: { name } } }));
  addToGroup = (name: string, users: string[]): Promise<void> => done(this.api.POST('/hub/api/groups/{name}/users', { params: { path: { name } }, body: { users } }));
  removeFromGroup = (name: string, users: string[]): Promise<void> => done(this.api.DELETE('/hub/api/groups/{name}/users', { params: { path: { name } }, body: { users } }));
  updateGroupProperties = (name: string, body: Record<string, unknown>): Promise<void> =>
    done(this.api.PUT('/hub/api/groups/{name}/properties', { params: { path: { name } }, body: body as never }));

  /** Every right that there is, in words. */
  listRights = (): Promise<Right[]> => answer(this.api.GET('/hub/api/labdeck/scopes'));
  listTokens = async (name: string): Promise<Token[]> => (await answer(this.api.GET('/hub/api/users/{name}/tokens', { params: { path: { name } } }))).api_tokens;
  createToken = (name: string, body: TokenWish): Promise<MadeToken> => answer(this.api.POST('/hub/api/users/{name}/tokens', { params: { path: { name } }, body }));
  deleteToken = (name: string, id: string): Promise<void> => done(this.api.DELETE('/hub/api/users/{name}/tokens/{id}', { params: { path: { name, id } } }));

  getSharing = (): Promise<Sharing> => answer(this.api.GET('/hub/api/labdeck/shares'));

  createShare = (owner: string, server: string, body: ShareWish): Promise<void> =>
    done(this.api.POST('/hub/api/shares/{owner}/{server}', { params: { path: { owner, server } }, body }));
  takeShare = (owner: string, server: string, body: RoleHolder): Promise<void> =>
    done(this.api.PATCH('/hub/api/shares/{owner}/{server}', { params: { path: { owner, server } }, body }));
  leaveShare = (name: string, owner: string, server: string): Promise<void> =>
    done(this.api.DELETE('/hub/api/users/{name}/shared/{owner}/{server}', { params: { path: { name, owner, server } } }));
  createShareCode = (owner: string, server: string, expires_in: number): Promise<NewShareCode> =>
    answer(this.api.POST('/hub/api/share-codes/{owner}/{server}', { params: { path: { owner, server } }, body: { expires_in } }));
  deleteShareCode = (owner: string, server: string, id: string): Promise<void> =>
    done(this.api.DELETE('/hub/api/share-codes/{owner}/{server}', { params: { path: { owner, server }, query: { id } } }));

  /** All users, page by page. */
  listUsers = (): Promise<User[]> =>
    this.allPages<User>(async (page) => {
      const query = { include_stopped_servers: '1', ...page };
      const users = await answer(this.api.GET('/hub/api/users', { params: { query } }));
      return users.map((user) => ({ ...UNTOLD, ...user }));
    });
}
