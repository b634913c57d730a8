// The make-believe hub's calls about servers, sizes, resources, idle rules, homes and folders.

const GIB = 2 ** 30;

/** Two stretches of a day with a night between, and a peak of memory in the second. */
function dayOf() {
  const points = [];
  for (let n = 287; n >= 0; n -= 1) {
    if (n > 60 && n < 190) continue;
    const busy = Math.abs(Math.sin(n / 9)) * (n < 30 ? 3 : 1.2);
    points.push({
      at: new Date((Math.floor(Date.now() / 300_000) - n) * 300_000).toISOString(), cpus: busy, memory_bytes: (1.4 + busy * 1.9) * GIB,
      received_per_second: busy * 2e5, sent_per_second: busy * 6e4, gpus: n < 60 ? [{ id: 'GPU-1', busy: busy / 4, memory_bytes: busy * 4 * GIB, temperature: 60 }] : [],
    });
  }
  return points;
}

/** Routes in the form of mock-hub.mjs, on its hub and with its ways to tell and to refuse. */
export function serverRoutes(hub, { publish, setServer, startServer, stopServer, startJob, refuse, now }) {
  const named = (word) => (word === '~' ? '' : word);
  const serverOf = (user, word) => hub.servers.find((entry) => entry.user === user && entry.server.name === named(word))?.server;
  const entry = (id, minutes, kind, message) => ({ id, at: new Date(Date.now() - minutes * 60_000).toISOString(), kind, message });
  const history = [
    entry(9, 3, 'message', 'anna told its user: “I restart your server at 17:00.”'), entry(8, 14, 'out_of_memory', 'A kernel ran out of its 2 GB of memory.'),
    entry(7, 191, 'ready', 'It is ready after 9 s.'), entry(6, 191.2, 'booting', 'The container runs.'), entry(5, 191.3, 'start_asked', 'maya asked for a start with Deep learning, Large.'),
    entry(4, 1500, 'stopped', 'It was stopped: nobody had used it for 2 hours.'), entry(3, 1900, 'ready', 'It is ready after 11 s.'),
  ];
  const resources = () => {
    const { memory_bytes, memory_used_bytes, cpus } = hub.overview.machine;
    const reserve_default_bytes = 4 * GIB;
    const granted_bytes = hub.servers.reduce((sum, { server }) => sum + (server.stopped ? 0 : (server.labdeck_grant?.limits.memory_bytes ?? 0)), 0);
    const queue = hub.servers.filter(({ server }) => server.labdeck_waiting).map(({ user, server }) => ({ user, server: server.name, waiting: server.labdeck_waiting }));
    return {
      cpus, memory_bytes, memory_used_bytes, reserve_bytes: hub.reserve ?? reserve_default_bytes, reserve_default_bytes, granted_bytes, overcommit: false,
      gpus: hub.gpus, gpu_problem: hub.gpuProblem, queue, limits: hub.limits, pinned: ['concurrent_starts'],
    };
  };
  const diagnosis = (server) => {
    const failure = server?.labdeck_failure;
    if (failure) {
      return {
        kind: 'home_not_writable', title: 'Its home folder cannot be written.', cause: 'The folder “imaging-2026” belongs to another account (id 1007); notebooks run as id 1000.',
        steps: ['Fix the ownership of the folder, or attach it read-only.', 'Then start the server again.'], fix: { id: 'ownership', label: 'Fix the ownership of this folder' },
        log: failure.log, entries: [entry(3, 12, 'failed', 'It ended by itself with code 1.'), entry(2, 12.1, 'creating', 'The container was made.'), entry(1, 12.2, 'start_asked', 'per asked for a start.')],
      };
    }
    if (!server?.labdeck_notices.length) throw refuse(404, 'Nothing is wrong with this server.');
    return { kind: 'out_of_memory', title: 'A kernel ran out of memory.', cause: 'The server may use 2 GB, and its kernels wanted more.', steps: ['Restart it with a larger size.'], fix: null, log: [], entries: history.slice(1, 3) };
  };
  const put = (list, name, body) => [...list.filter((other) => other.name !== name), { name, ...body }].sort((a, b) => a.name.localeCompare(b.name));
  return [
    ['GET', /^labdeck\/servers\/([^/]+)\/([^/]+)\/log(?:\/download)?$/, () => [200, { lines: hub.log }]],
    ['GET', /^labdeck\/servers\/([^/]+)\/([^/]+)\/usage$/, ([, user, word]) => [200, { span_seconds: 86400, point_seconds: 300, points: serverOf(user, word)?.stopped ? [] : dayOf() }]],
    ['GET', /^labdeck\/servers\/([^/]+)\/([^/]+)\/events$/, () => [200, history]],
    ['GET', /^labdeck\/servers\/([^/]+)\/([^/]+)\/diagnosis$/, ([, user, word]) => [200, diagnosis(serverOf(user, word))]],
    ['POST', /^labdeck\/servers\/([^/]+)\/([^/]+)\/fix\/([^/]+)$/, () => [202, startJob('Fixing the ownership of imaging-2026', () => undefined)]],
    ['POST', /^labdeck\/servers\/([^/]+)\/([^/]+)\/awake$/, ([, user, word], { hours }) => {
      const server = serverOf(user, word);
      Object.assign(server, { labdeck_awake_until: hours === null ? null : new Date(Date.now() + hours * 3.6e6).toISOString(), labdeck_stops: null });
      publish({ type: 'server_changed', user, server });
      return [200, server];
    }],
    ['POST', /^labdeck\/servers\/([^/]+)\/([^/]+)\/message$/, ([, user, word], { text }) => {
      const server = serverOf(user, word);
      server.labdeck_notices.push({ at: now(), kind: 'message', message: text });
      publish({ type: 'server_changed', user, server });
      return [204];
    }],
    ['POST', /^labdeck\/servers\/([^/]+)\/([^/]+)\/restart$/, ([, user, word], body) => {
      stopServer(user, named(word));
      setTimeout(() => startServer(user, named(word), body?.user_options?.stack), 1500);
      return [202, {}];
    }],
    ['GET', /^labdeck\/users\/([^/]+)\/start-options$/, () => [200, {
      stacks: hub.stacks.filter((stack) => stack.offered), images: [],
      sizes: hub.sizes.map((size) => ({ ...size, fits: true, why_not: size.limits.gpus === 0 ? null : 'All graphics cards are held; it would wait for one.' })),
      folders: hub.folders.map(({ name, display_name, writable, target }) => ({ name, display_name, writable, target })), last: { stack: 'scipy', size: 'm', image: null, folders: null }, usual_seconds: { scipy: 8, deep: 14 },
    }]],
    ['GET', /^labdeck\/sizes$/, () => [200, hub.sizes]],
    ['PUT', /^labdeck\/sizes\/([^/]+)$/, ([, name], body) => {
      hub.sizes = put(hub.sizes.map((size) => (body.is_default ? { ...size, is_default: false } : size)), name, body);
      publish({ type: 'sizes_changed' });
      return [200, { name, ...body }];
    }],
    ['DELETE', /^labdeck\/sizes\/([^/]+)$/, ([, name]) => {
      hub.sizes = hub.sizes.filter((size) => size.name !== name);
      publish({ type: 'sizes_changed' });
      return [204];
    }],
    ['GET', /^labdeck\/resources$/, () => [200, resources()]],
    ['PATCH', /^labdeck\/resources$/, (_, { reserve_bytes, ...limits }) => {
      if (reserve_bytes !== undefined) hub.reserve = reserve_bytes;
      Object.assign(hub.limits, limits);
      return [200, resources()];
    }],
    ['GET', /^labdeck\/idle-rules$/, () => [200, hub.idle]],
    ['PUT', /^labdeck\/idle-rules$/, (_, body) => [200, Object.assign(hub.idle, body)]],
    ['GET', /^labdeck\/users\/([^/]+)\/idle-rule$/, ([, name]) => {
      return [200, hub.ownIdle[name] ?? {}];
    }],
    ['PUT', /^labdeck\/users\/([^/]+)\/idle-rule$/, ([, name], body) => [200, (hub.ownIdle[name] = body)]],
    ['DELETE', /^labdeck\/users\/([^/]+)\/idle-rule$/, ([, name]) => {
      hub.ownIdle = Object.fromEntries(Object.entries(hub.ownIdle).filter(([other]) => other !== name));
      return [204];
    }],
    ['GET', /^labdeck\/folders$/, () => [200, hub.folders]],
    ['PUT', /^labdeck\/folders\/([^/]+)$/, ([, name], body) => {
      hub.folders = put(hub.folders, name, { ...body, problem: null });
      publish({ type: 'folders_changed' });
      return [200, body];
    }],
    ['DELETE', /^labdeck\/folders\/([^/]+)$/, ([, name]) => {
      hub.folders = hub.folders.filter((folder) => folder.name !== name);
      publish({ type: 'folders_changed' });
      return [204];
    }],
    ['POST', /^labdeck\/folders\/([^/]+)\/fix$/, ([, name]) => [202, startJob(`Fixing the ownership of ${name}`, () => {
      hub.folders.find((folder) => folder.name === name).problem = null;
    })]],
    ['GET', /^labdeck\/homes$/, () => [200, hub.homes]],
    ['DELETE', /^labdeck\/homes\/([^/]+)$/, ([, id]) => {
      hub.homes = hub.homes.filter((home) => home.id !== id);
      return [204];
    }],
    ['POST', /^labdeck\/homes\/([^/]+)\/(archive|restore)$/, ([, id, act]) => [202, startJob(act === 'archive' ? `Archiving ${id}` : `Restoring ${id}`, () => {
      Object.assign(hub.homes.find((home) => home.id === id), { status: act === 'archive' ? 'archived' : 'in_use' });
    })]],
    ['GET', /^labdeck\/environment$/, () => [200, hub.environment]],
    ['POST', /^labdeck\/environment\/(repair|upgrade)$/, ([, act]) => [202, startJob(act === 'repair' ? 'Repairing the notebook software' : 'Upgrading the notebook software', () => setServer)]],
  ];
}
