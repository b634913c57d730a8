// The make-believe hub's calls about services, groups, roles, tokens and shares.

const soon = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

const service = (name, over = {}) => ({
  name, from_config: true, admin: false, display: true, url: null, prefix: null, state: 'running', pid: 4711, since: ago(134), next_start: null,
  restarts: 0, last_exit: null, healthy: null, trouble: null, ...over,
});

/** What a busy hub has of these. */
export function fillHub(hub) {
  hub.services = [
    service('idle-culler', { admin: true }),
    service('reports', { url: 'http://127.0.0.1:9000', prefix: '/services/reports/', healthy: true, restarts: 2, since: ago(12) }),
    service('backup', { state: 'waiting', pid: null, since: null, next_start: soon(41), restarts: 7, last_exit: { at: ago(1), code: 1, signal: null, message: 'It ended with code 1 after 2 seconds. The last line of its log: no such table: runs' } }),
    service('gallery', { from_config: false, state: 'external', pid: null, since: null, url: 'http://127.0.0.1:9100', prefix: '/services/gallery/', healthy: false, trouble: 'Nothing listens at 127.0.0.1:9100.' }),
  ];
}

/** Routes in the form of mock-hub.mjs. */
export function hubRoutes(hub, { publish, refuse }) {
  hub.services ??= [];
  return [
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
