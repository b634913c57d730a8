// The make-believe hub's calls about services, groups, roles, tokens and shares.

const soon = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

const service = (name, over = {}) => ({
  name, from_config: true, admin: false, display: true, url: null, prefix: null, state: 'running', pid: 4711, since: ago(134), next_start: null,
  restarts: 0, last_exit: null, healthy: null, trouble: null, ...over,
});

const WORDS = {
  'read:users': 'Read people: names, groups, when they were last seen, and whether their servers run.', servers: 'Start and stop servers.',
  'access:servers': 'Open servers, and work in them.', 'users:activity': 'Report when people were last active.', tokens: 'List, make and revoke tokens.',
  'list:users': 'List people.', 'admin-ui': 'Open the page for those who look after the hub.', self: 'Everything about oneself and one\u2019s own servers.',
  'delete:servers': 'Stop servers.', 'access:services': 'Open services.',
};
const right = (scope) => ({ scope, words: (WORDS[scope.split('!')[0]] ?? 'Something.') + (scope.includes('!group=') ? ` Only for people in the group ${scope.split('=')[1]}.` : '') });
const role = (name, description, scopes, over = {}) => ({
  name, description, scopes: scopes.map(right), source: 'file', may_give: true, holders: { users: [], groups: [], services: [] }, by_file: { users: [], groups: [], services: [] }, ...over,
});
const token = (id, user, note, scopes, over = {}) => ({
  user, id, kind: 'api_token', roles: [], scopes, labdeck_allows: scopes.map((scope) => (scope === 'inherit' ? 'Everything that its owner may do.' : right(scope).words)),
  created: ago(9000), last_activity: ago(31), expires_at: soon(14 * 86_400), note, session_id: null, oauth_client: 'JupyterHub', ...over,
});
const share = (user, name, whom, over = {}) => ({
  server: { user: { name: user }, name, url: `/user/${user}/${name === '' ? '' : `${name}/`}`, full_url: null, ready: true }, scopes: [`access:servers!server=${user}/${name}`],
  labdeck_allows: ['open it and work in it'], user: whom.user ? { name: whom.user } : null, group: whom.group ? { name: whom.group } : null, kind: whom.user ? 'user' : 'group',
  created_at: ago(3000), labdeck_expires_at: null, ...over,
});
const code = (id, user, name, over = {}) => {
  const { server, scopes, labdeck_allows, created_at } = share(user, name, {});
  return { server, scopes, labdeck_allows, id, created_at, expires_at: soon(5 * 86_400), exchange_count: 0, last_exchanged_at: null, ...over };
};

/** What a busy hub has of these. */
export function fillHub(hub) {
  hub.services = [
    service('idle-culler', { admin: true }),
    service('reports', { url: 'http://127.0.0.1:9000', prefix: '/services/reports/', healthy: true, restarts: 2, since: ago(12) }),
    service('backup', { state: 'waiting', pid: null, since: null, next_start: soon(41), restarts: 7, last_exit: { at: ago(1), code: 1, signal: null, message: 'It ended with code 1 after 2 seconds. The last line of its log: no such table: runs' } }),
    service('gallery', { from_config: false, state: 'external', pid: null, since: null, url: 'http://127.0.0.1:9100', prefix: '/services/gallery/', healthy: false, trouble: 'Nothing listens at 127.0.0.1:9100.' }),
  ];
  hub.groups = [
    { kind: 'group', name: 'imaging', users: ['maya', 'jonas', 'ada'], roles: ['helpers'], properties: { site: 'west', cost_centre: 4711 } },
    { kind: 'group', name: 'students', users: ['lin', 'per', 'ola-with-a-rather-long-name-from-the-directory'], roles: [], properties: {} },
    { kind: 'group', name: 'visitors', users: [], roles: [], properties: {} },
  ];
  for (const group of hub.groups) for (const name of group.users) hub.users.find((user) => user.name === name).groups.push(group.name);
  hub.roles = [
    role('user', 'What every user may do', ['self'], { source: 'built_in', may_give: false }),
    role('admin', 'Everything on this hub', ['admin-ui', 'list:users', 'read:users', 'servers', 'access:servers', 'tokens'], { source: 'built_in', may_give: false }),
    role('helpers', 'Looks after the people of imaging', ['admin-ui', 'list:users!group=imaging', 'read:users!group=imaging', 'servers!group=imaging'], { holders: { users: [], groups: ['imaging'], services: [] } }),
    role('stopper', 'May stop every server', ['list:users', 'delete:servers'], { holders: { users: ['maya'], groups: [], services: ['idle-culler'] } }),
    role('reader', 'Reads the reports', ['access:services!service=reports'], { holders: { users: ['maya'], groups: [], services: [] }, by_file: { users: ['maya'], groups: [], services: [] } }),
  ];
  hub.tokens = [
    token('a3', 'maya', 'Server at /user/maya/', ['users:activity'], { expires_at: null }),
    token('a9', 'maya', 'nightly figures', ['read:users!user=maya', 'servers!user=maya'], {}),
    token('a12', 'maya', 'laptop', ['inherit'], { expires_at: null, last_activity: null, created: ago(2) }),
  ];
  hub.shares = {
    me: 'anna',
    shares: [share('anna', '', { user: 'maya' }), share('anna', '', { group: 'imaging' }, { labdeck_expires_at: soon(3 * 86_400) }), share('jonas', 'gpu', { user: 'per' })],
    codes: [code('sc_1', 'anna', '', { exchange_count: 3, last_exchanged_at: ago(90) }), code('sc_2', 'jonas', 'gpu')],
    received: [share('maya', '', { user: 'anna' }), share('jonas', 'gpu', { group: 'imaging' }, { labdeck_expires_at: soon(86_400) })],
  };
}

/** Routes in the form of mock-hub.mjs. */
export function hubRoutes(hub, { publish, refuse }) {
  hub.services ??= [];
  hub.groups ??= [];
  hub.roles ??= [role('user', 'What every user may do', ['self'], { source: 'built_in', may_give: false })];
  hub.tokens ??= [];
  hub.shares ??= { me: 'anna', shares: [], codes: [], received: [] };
  const group = (name) => hub.groups.find((other) => other.name === name) ?? (() => { throw refuse(404, `No such group: ${name}`); })();
  const told = () => publish({ type: 'groups_changed' });
  const join = (name, users, in_it) => {
    const one = group(name);
    for (const who of users) {
      const person = hub.users.find((other) => other.name === who);
      if (person === undefined) throw refuse(400, `No such user: ${who}`);
      person.groups = [...person.groups.filter((other) => other !== name), ...(in_it ? [name] : [])];
    }
    one.users = [...one.users.filter((other) => !users.includes(other)), ...(in_it ? users : [])];
    told();
    return [200, one];
  };
  const hold = (name, kind, who, holds) => {
    const { holders } = hub.roles.find((other) => other.name === name);
    holders[kind] = [...holders[kind].filter((other) => other !== who), ...(holds ? [who] : [])];
    told();
    return [204];
  };
  const shared = () => publish({ type: 'shares_changed' });
  return [
    ['GET', /^groups$/, () => [200, hub.groups]],
    ['POST', /^groups\/([^/]+)$/, ([, name]) => {
      if (hub.groups.some((other) => other.name === name)) throw refuse(409, `Group ${name} already exists`);
      hub.groups.push({ kind: 'group', name, users: [], roles: [], properties: {} });
      told();
      return [201, group(name)];
    }],
    ['DELETE', /^groups\/([^/]+)$/, ([, name]) => {
      hub.groups = hub.groups.filter((other) => other !== group(name));
      told();
      return [204];
    }],
    ['POST', /^groups\/([^/]+)\/users$/, ([, name], { users }) => join(name, users, true)],
    ['DELETE', /^groups\/([^/]+)\/users$/, ([, name], { users }) => join(name, users, false)],
    ['PUT', /^groups\/([^/]+)\/properties$/, ([, name], body) => [200, Object.assign(group(name), { properties: body })]],
    ['GET', /^labdeck\/roles$/, () => [200, hub.roles]],
    ['PUT', /^labdeck\/roles\/([^/]+)\/(users|groups)\/([^/]+)$/, ([, name, kind, who]) => hold(name, kind, who, true)],
    ['DELETE', /^labdeck\/roles\/([^/]+)\/(users|groups)\/([^/]+)$/, ([, name, kind, who]) => hold(name, kind, who, false)],
    ['GET', /^labdeck\/scopes$/, () => [200, Object.keys(WORDS).map(right)]],
    ['GET', /^users\/([^/]+)\/tokens$/, ([, name]) => [200, { api_tokens: hub.tokens.filter((other) => other.user === name) }]],
    ['POST', /^users\/([^/]+)\/tokens$/, ([, name], { note, scopes = ['inherit'] }) => {
      const made = token(`a${20 + hub.tokens.length}`, name, note, scopes, { created: ago(0), last_activity: null });
      hub.tokens.push(made);
      return [201, { ...made, token: '3f9c1d0b7a5e4c2896f0a1b2c3d4e5f6' }];
    }],
    ['DELETE', /^users\/([^/]+)\/tokens\/([^/]+)$/, ([, , id]) => {
      hub.tokens = hub.tokens.filter((other) => other.id !== id);
      return [204];
    }],
    ['PATCH', /^users\/([^/]+)$/, ([, name], body) => {
      publish({ type: 'user_changed', user: name });
      return [200, Object.assign(hub.users.find((other) => other.name === name), body)];
    }],
    ['GET', /^labdeck\/shares$/, () => [200, hub.shares]],
    ['POST', /^shares\/([^/]+)\/([^/]*)$/, ([, owner, name], body) => {
      hub.shares.shares.push(share(owner, name, body));
      shared();
      return [200, {}];
    }],
    ['PATCH', /^shares\/([^/]+)\/([^/]*)$/, ([, owner, name], body) => {
      hub.shares.shares = hub.shares.shares.filter((one) => !(one.server.user.name === owner && one.server.name === name && (one.user?.name === body.user && one.group?.name === body.group)));
      shared();
      return [200, {}];
    }],
    ['POST', /^share-codes\/([^/]+)\/([^/]*)$/, ([, owner, name]) => {
      const made = code(`sc_${9 + hub.shares.codes.length}`, owner, name);
      hub.shares.codes.push(made);
      shared();
      return [200, { ...made, code: '5b1f', accept_url: '/hub/accept-share?code=5b1f0c9e8d7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1', full_accept_url: null }];
    }],
    ['DELETE', /^share-codes\/([^/]+)\/([^/]*)$/, () => {
      hub.shares.codes = hub.shares.codes.slice(1);
      shared();
      return [204];
    }],
    ['GET', /^labdeck\/services$/, () => [200, hub.services]],
    ['GET', /^labdeck\/services\/([^/]+)\/log$/, () => [200, { lines: ['[I 08:00:01] Listening on 127.0.0.1:9000', '[I 08:12:44] 200 GET /services/reports/ (ada)', '[W 08:13:02] The month has no figures yet: <b>2026-11</b>'] }]],
    ['POST', /^labdeck\/services\/([^/]+)\/restart$/, () => [202, null]],
    ['POST', /^services\/([^/]+)$/, ([, name], body) => {
      if (hub.services.some((other) => other.name === name)) throw refuse(409, `Service ${name} already exists`);
      hub.services.push(service(name, { from_config: false, state: 'external', pid: null, since: null, url: body.url ?? null, prefix: body.url ? `/services/${name}/` : null }));
      publish({ type: 'services_changed' });
      return [201, {}];
    }],
    ['DELETE', /^services\/([^/]+)$/, ([, name]) => {
      hub.services = hub.services.filter((other) => other.name !== name);
      publish({ type: 'services_changed' });
      return [200, null];
    }],
  ];
}
