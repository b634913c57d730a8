// A make-believe hub for work on the screens: the REST API and the event stream with plausible data, in memory.
//   node dev/mock-hub.mjs [--port 18306] [--scene full|claim|first|no-docker|trouble]
// Then `npm run dev` and open http://127.0.0.1:18305/?base=http://127.0.0.1:18306#token=mock
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import { hubRoutes } from './hub-routes.mjs';
import { makeScene } from './scenes.mjs';
import { serverRoutes } from './server-routes.mjs';

const { values: flags } = parseArgs({
  options: { port: { type: 'string', default: '18306' }, scene: { type: 'string', default: 'full' } },
});
const hub = makeScene(flags.scene);
const watchers = new Set();
let seq = 0;

function publish(event) {
  seq += 1;
  const text = `id: ${seq}\ndata: ${JSON.stringify({ seq, at: new Date().toISOString(), ...event })}\n\n`;
  for (const watcher of watchers) watcher.write(text);
}

const now = () => new Date().toISOString();
const refuse = (status, message, more = {}) => Object.assign(new Error(message), { status, more });
const overviewNow = () => {
  const running = hub.servers.filter((entry) => !entry.server.stopped).length;
  return { ...hub.overview, counts: { users: hub.users.length, running } };
};

function setServer(user, name, change) {
  const entry = hub.servers.find((other) => other.user === user && other.server.name === name);
  Object.assign(entry.server, { labdeck_since: now(), labdeck_failure: null, labdeck_last_exit: null }, change);
  publish({ type: 'server_changed', user, server: entry.server });
}

function startServer(user, name, stack) {
  if (!hub.servers.some((entry) => entry.user === user && entry.server.name === name)) {
    hub.servers.push({ user, server: hub.newServer(user, name) });
  }
  const labdeck_stack = stack ?? hub.stacks.find((other) => other.is_default)?.name ?? null;
  setServer(user, name, { stopped: false, pending: 'spawn', labdeck_state: 'Queued', labdeck_stack });
  setTimeout(() => setServer(user, name, { labdeck_state: 'Starting' }), 600);
  setTimeout(() => setServer(user, name, { labdeck_state: 'Ready', pending: null, ready: true, started: now() }), 2500);
}

function stopServer(user, name) {
  setServer(user, name, { ready: false, pending: 'stop', labdeck_state: 'Stopping' });
  setTimeout(() => setServer(user, name, { stopped: true, pending: null, labdeck_state: 'Off' }), 1200);
}

function startPull(reference) {
  const job = { id: hub.jobs.length + 1, title: `Fetching ${reference}`, state: 'running', message: 'Asking the registry', fraction: null };
  hub.jobs.push(job);
  const step = setInterval(() => {
    if (job.state !== 'running') return clearInterval(step);
    job.fraction = Math.min(1, (job.fraction ?? 0) + 0.08);
    job.message = `${Math.round(job.fraction * 412)} of 412 MB`;
    if (job.fraction === 1) {
      Object.assign(job, { state: 'done', message: 'It can be offered now.' });
      hub.images.push({ reference, id: 'sha256:99', size_bytes: 431e6, created: now(), usable: true, reason: '', hub_version: '6.1.1' });
    }
    publish({ type: 'job_changed', job });
  }, 500);
  publish({ type: 'job_changed', job });
  return job;
}

function startJob(title, end) {
  const job = { id: hub.jobs.length + 1, title, state: 'running', message: 'Under way', fraction: 0 };
  hub.jobs.push(job);
  const step = setInterval(() => {
    job.fraction = Math.min(1, job.fraction + 0.2);
    if (job.fraction === 1) {
      clearInterval(step);
      Object.assign(job, { state: 'done', message: 'Done.' });
      end();
    }
    publish({ type: 'job_changed', job });
  }, 400);
  return job;
}

function updateHub(change) {
  if (change.on === true && hub.portTaken && change.port === undefined) {
    throw refuse(409, 'Port 8000 is taken. The program python3 is using it. Use 8001 instead?', { free_port: 8001 });
  }
  const { on, network, simple_accepted, port } = change;
  if (port !== undefined) Object.assign(hub.overview, { port, local_url: `http://127.0.0.1:${port}/`, addresses: [`http://127.0.0.1:${port}/`] });
  if (on !== undefined) hub.overview.hub = { ...hub.overview.hub, on };
  if (network !== undefined) {
    hub.overview.network = network;
    hub.overview.addresses = network === 'lan' ? ['http://192.168.1.20:8000/', 'http://10.8.0.4:8000/'] : [hub.overview.local_url];
  }
  if (simple_accepted !== undefined) hub.overview.simple_accepted = simple_accepted;
  publish({ type: 'overview_changed' });
  return overviewNow();
}

const user = (name) => hub.users.find((other) => other.name === name) ?? (() => { throw refuse(404, `There is nobody called ${name}.`); })();

// [method, pattern, handler(match, body) → [status, answer]]
const routes = [
  ['GET', /^labdeck\/overview$/, () => [200, overviewNow()]],
  ['PATCH', /^labdeck\/hub$/, (_, body) => [200, updateHub(body)]],
  ['POST', /^labdeck\/claim$/, (_, { name }) => {
    if (hub.overview.hub.claimed) throw refuse(409, 'This hub has an administrator already.');
    if (name.includes('/')) throw refuse(400, 'A name cannot contain “/”. Use letters, digits, dots and dashes.');
    hub.overview.hub = { ...hub.overview.hub, claimed: true, lead: name, on: true, started: now() };
    hub.users.push({ name, admin: true, groups: [], created: now(), last_activity: now(), servers: {} });
    return [201, { name }];
  }],
  ['GET', /^users$/, () => [200, hub.users]],
  ['POST', /^users$/, (_, { usernames }) => {
    const fresh = usernames.map((name) => name.toLowerCase()).filter((name) => !hub.users.some((other) => other.name === name));
    if (fresh.length === 0) throw refuse(409, `${usernames.join(', ')}: already there.`);
    const added = fresh.map((name) => ({ name, admin: false, groups: [], created: now(), last_activity: null, servers: {} }));
    hub.users.push(...added);
    for (const { name } of added) publish({ type: 'user_changed', user: name });
    return [201, added];
  }],
  ['DELETE', /^users\/([^/]+)$/, ([, name]) => {
    user(name);
    hub.users = hub.users.filter((other) => other.name !== name);
    hub.servers = hub.servers.filter((entry) => entry.user !== name);
    publish({ type: 'user_deleted', user: name });
    return [204];
  }],
  ['POST', /^labdeck\/users\/([^/]+)\/invitation$/, ([, name]) => {
    const path = `/hub/invitation/${Buffer.from(`${name}-${Date.now()}-a-long-secret`).toString('base64url')}`;
    const kind = user(name).last_activity === null ? 'invitation' : 'sign_in';
    return [201, { url: overviewNow().addresses[0].replace(/\/$/, '') + path, path, expires_at: new Date(Date.now() + 7 * 864e5).toISOString(), kind }];
  }],
  ['POST', /^users\/([^/]+)\/(?:server|servers\/([^/]+))$/, ([, name, server = ''], body) => [202, startServer(name, server, body?.user_options?.stack)]],
  ['DELETE', /^users\/([^/]+)\/(?:server|servers\/([^/]+))$/, ([, name, server = '']) => [202, stopServer(name, server)]],
  ['GET', /^labdeck\/servers$/, () => [200, hub.servers]],
  ['GET', /^labdeck\/stacks$/, () => [200, hub.stacks]],
  ['PUT', /^labdeck\/stacks\/([^/]+)$/, ([, name], body) => {
    const stack = { name, ...body };
    hub.stacks = [...hub.stacks.filter((other) => other.name !== name), stack].sort((a, b) => a.name.localeCompare(b.name));
    if (stack.is_default) for (const other of hub.stacks) other.is_default = other === stack;
    publish({ type: 'stack_changed', stack });
    return [200, stack];
  }],
  ['DELETE', /^labdeck\/stacks\/([^/]+)$/, ([, name]) => {
    hub.stacks = hub.stacks.filter((other) => other.name !== name);
    publish({ type: 'stack_deleted', name });
    return [204];
  }],
  ['GET', /^labdeck\/images$/, () => [200, hub.images]],
  ['POST', /^labdeck\/pulls$/, (_, { reference }) => {
    if (/[A-Z ]/.test(reference)) throw refuse(400, `“${reference}” is not an image name; write it like quay.io/jupyter/scipy-notebook:latest`);
    return [202, startPull(reference)];
  }],
  ['GET', /^labdeck\/jobs$/, () => [200, hub.jobs]],
  ['DELETE', /^labdeck\/jobs\/(\d+)$/, ([, id]) => {
    const job = hub.jobs.find((other) => other.id === Number(id));
    Object.assign(job, { state: 'cancelled', message: 'Called off. What was fetched is used if you fetch it again.' });
    publish({ type: 'job_changed', job });
    return [204];
  }],
  ['POST', /^labdeck\/tickets$/, (_, { path }) => [201, { url: `http://127.0.0.1:8000${path}?ticket=mock`, expires_at: now() }]],
  ['POST', /^labdeck\/quit$/, () => [202, {}]],
  ...hubRoutes(hub, { publish, refuse, now }),
  ...serverRoutes(hub, { publish, setServer, startServer, stopServer, startJob, refuse, now }),
];

const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*, Authorization', 'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE' };

function answer(response, status, body) {
  response.writeHead(status, { ...CORS, 'Content-Type': 'application/json' });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

function watch(request, response) {
  response.writeHead(200, { ...CORS, 'Content-Type': 'text/event-stream' });
  response.write(': hello\n\ndata: {"type":"resync"}\n\n');
  watchers.add(response);
  request.on('close', () => watchers.delete(response));
}

function followLog(request, response) {
  response.writeHead(200, { ...CORS, 'Content-Type': 'text/event-stream' });
  const say = (line) => response.write(`data: ${JSON.stringify({ line })}\n\n`);
  hub.log.forEach(say);
  const more = setInterval(() => say(`[I ${now()} ServerApp] 200 GET /user/maya/api/kernels (1.2ms)`), 700);
  request.on('close', () => clearInterval(more));
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  const path = url.pathname.replace(/^\/hub\/api\//, '');
  if (request.method === 'OPTIONS') return answer(response, 204);
  if (request.headers.authorization !== 'token mock') return answer(response, 403, { status: 403, message: 'Not for you.' });
  if (path === 'labdeck/events') return watch(request, response);
  if (/\/log\/follow$/.test(path)) return followLog(request, response);
  let text = '';
  for await (const piece of request) text += piece;
  for (const [method, pattern, handle] of routes) {
    const match = method === request.method && decodeURI(path).match(pattern);
    if (!match) continue;
    try {
      return answer(response, ...handle(match, text === '' ? undefined : JSON.parse(text)));
    } catch (cause) {
      return answer(response, cause.status ?? 500, { status: cause.status ?? 500, message: cause.message, ...cause.more });
    }
  }
  answer(response, 404, { status: 404, message: `The make-believe hub has no ${request.method} ${path}.` });
}).listen(Number(flags.port), '127.0.0.1');

let beat = 0;
setInterval(() => {
  beat += 1;
  const ready = hub.servers.filter((entry) => entry.server.ready);
  publish({
    type: 'sampled',
    samples: ready.map(({ user: name, server }, n) => ({
      user: name,
      server: server.name,
      cpus: Math.max(0, [3.4, 0.2, 0.9][n % 3] * (1 + 0.5 * Math.sin(beat / (3 + n)) + 0.2 * Math.sin(beat * 1.7))),
      memory_bytes: [7.6, 1.1, 0.6][n % 3] * 2 ** 30 + 2e8 * Math.sin(beat / 9),
      memory_limit_bytes: [8, 2, 2][n % 3] * 2 ** 30,
      received_per_second: Math.max(0, [2.4e6, 300, 9e4][n % 3] * (1 + Math.sin(beat / 5))),
      sent_per_second: Math.max(0, [8e4, 120, 4e4][n % 3] * (1 + Math.sin(beat / 7))),
      gpus: (server.labdeck_grant?.gpus ?? []).map((id) => ({ id, busy: 0.5 + 0.45 * Math.sin(beat / 6), memory_bytes: 31 * 2 ** 30, temperature: 70 })),
    })),
  });
}, flags.scene === 'full' ? 400 : 2000);
