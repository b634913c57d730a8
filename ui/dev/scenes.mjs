// What the make-believe hub holds at its start, by scene.
import { fillHub } from './hub-routes.mjs';

const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const GIB = 2 ** 30;

const newServer = (user, name, over = {}) => ({
  name, display_name: '', full_name: `${user}/${name}`, last_activity: null, started: null, pending: null, ready: false,
  stopped: true, url: `/user/${user}/${name === '' ? '' : `${name}/`}`, user_options: {}, progress_url: '', full_url: null,
  full_progress_url: null, labdeck_state: 'Off', labdeck_since: null, labdeck_failure: null, labdeck_last_exit: null,
  labdeck_stack: null, labdeck_spawner: 'docker', labdeck_awake_until: null, labdeck_engine_gone: false, labdeck_grant: null,
  labdeck_notices: [], labdeck_stops: null, labdeck_usual_seconds: null, labdeck_waiting: null, ...over,
});

const soon = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();

const limits = (gigabytes, cpus, gpus = 0) => ({ memory_bytes: gigabytes * GIB, cpus, pids: 512, shm_bytes: null, gpus });

const grant = (size, gigabytes, cpus, gpus = []) => ({ labdeck_grant: { size, limits: limits(gigabytes, cpus, gpus.length), gpus, unenforced: [] } });

const ready = (minutes, stack) => ({
  ready: true, stopped: false, labdeck_state: 'Ready', labdeck_since: ago(minutes), started: ago(minutes),
  last_activity: ago(1), labdeck_stack: stack,
});

const person = (name, seen, admin = false) => ({
  name, admin, groups: [], created: ago(9000), last_activity: seen === null ? null : ago(seen), servers: {},
});

const stack = (name, display_name, description, image, over = {}) => ({
  name, display_name, description, image, offered: true, is_default: false,
  limits: { memory_bytes: 2 * GIB, cpus: 1, pids: 512 }, ...over,
});

const image = (reference, gigabytes, reason = '') => ({
  reference, id: `sha256:${reference.length}`, size_bytes: gigabytes * GIB, created: ago(50_000), usable: reason === '',
  reason, hub_version: reason === '' ? '6.1.1' : null,
});

const log = Array.from({ length: 60 }, (_, n) =>
  `[I 2026-11-20 08:${String(n).padStart(2, '0')}:12.402 ServerApp] ${['200 GET /user/maya/api/contents', 'Kernel started: 5f0c7c2e-<script>alert(1)</script>', 'Saving file at /analysis.ipynb'][n % 3]} (${n}.${n}ms)`);

function emptyHub() {
  return {
    newServer,
    log,
    gpus: [],
    gpuProblem: null,
    sizes: [],
    folders: [],
    homes: [],
    reserve: null,
    limits: { concurrent_starts: 100, active_servers: 0, start_timeout_seconds: 60, http_timeout_seconds: 30 },
    idle: { idle_seconds: 7200, busy_silent_seconds: null, max_age_seconds: null, warn_seconds: 600, pinned: ['max_age_seconds'] },
    ownIdle: {},
    environment: {
      state: 'ready', outdated: false, problem: null, python: '3.11.2', packages: { jupyterlab: '4.6.6', jupyterhub: '6.1.1', ipykernel: '7.1.0' },
      path: '/home/anna/.local/share/labdeck/environment',
    },
    portTaken: false,
    users: [],
    servers: [],
    stacks: [],
    images: [],
    jobs: [],
    overview: {
      version: '0.1.0',
      hub: { on: false, claimed: false, lead: null, suggested_name: 'anna', started: ago(0) },
      network: 'local', encrypted: false, addresses: ['http://127.0.0.1:8000/'], local_url: 'http://127.0.0.1:8000/', port: 8000,
      engine: { state: 'running', version: '28.0.4', remedy: '' },
      spawner: 'docker', spawner_reason: '', simple_accepted: false, problems: [],
      machine: { name: 'lab-1', cpus: 16, memory_bytes: 64 * GIB, memory_used_bytes: 21 * GIB },
      data_dir: '/home/anna/.local/share/labdeck', authenticator: 'native', desktop: true, keyring: 'keyring',
      counts: { users: 0, running: 0 },
    },
  };
}

function fullHub() {
  const hub = emptyHub();
  hub.overview.hub = { ...hub.overview.hub, on: true, claimed: true, lead: 'anna', started: ago(134) };
  Object.assign(hub.overview, { network: 'lan', addresses: ['http://192.168.1.20:8000/', 'http://10.8.0.4:8000/'] });
  hub.users = [
    person('anna', 0, true), person('maya', 1), person('jonas', 1), person('lin', 55), person('per', 12), person('ada', 0),
    person('ola-with-a-rather-long-name-from-the-directory', null), person('<img src=x onerror=alert(1)>', null),
  ];
  hub.servers = [
    { user: 'anna', server: newServer('anna', '', { labdeck_last_exit: { at: ago(900), reason: 'Stopped by anna.' }, labdeck_stack: 'scipy' }) },
    { user: 'maya', server: newServer('maya', '', { ...ready(191, 'deep'), ...grant('l', 8, 4, ['GPU-0']) }) },
    { user: 'jonas', server: newServer('jonas', '', {
      ...ready(41, 'scipy'), ...grant('m', 2, 2), labdeck_stops: { at: soon(9), rule: 'idle', message: 'Nobody has used it for 1 hour 50 minutes.' },
      labdeck_notices: [{ at: ago(14), kind: 'out_of_memory', message: 'A kernel ran out of its 2 GB of memory and was ended. Start again with a larger size.' }],
    }) },
    { user: 'jonas', server: newServer('jonas', 'gpu', { display_name: 'GPU runs', ...ready(3, 'deep'), ...grant('l', 8, 4, ['GPU-1']), labdeck_awake_until: soon(200) }) },
    { user: 'lin', server: newServer('lin', '', { stopped: false, pending: 'stop', labdeck_state: 'Stopping', labdeck_since: ago(0.1), labdeck_stack: 'scipy' }) },
    { user: 'ada', server: newServer('ada', '', { stopped: false, pending: 'spawn', labdeck_state: 'Queued', labdeck_since: ago(4), labdeck_stack: 'deep',
      labdeck_waiting: { kind: 'gpu', position: 1, message: 'All graphics cards are held. It starts when maya or jonas gives one back.' },
    }) },
    { user: 'per', server: newServer('per', '', {
      labdeck_state: 'Failed', labdeck_since: ago(12), labdeck_stack: 'imaging',
      labdeck_failure: {
        kind: 'exited', message: 'The container ended at once with code 1.',
        remedy: 'Its home folder cannot be written. Check who owns the volume, then start it again.',
        log: ['Traceback (most recent call last):', "PermissionError: [Errno 13] Permission denied: '/home/jovyan/.local'", 'exited with code 1'],
      },
    }) },
  ];
  hub.stacks = [
    stack('deep', 'Deep learning', 'PyTorch and what goes with it', 'quay.io/jupyter/pytorch-notebook:2026-10-06', { limits: { memory_bytes: 8 * GIB, cpus: 4, pids: 1024 } }),
    stack('imaging', 'Imaging', 'scikit-image, napari formats, cellpose', 'registry.lab.example:5000/imaging:7', { offered: false }),
    stack('r', 'R', 'tidyverse', 'quay.io/jupyter/r-notebook:latest'),
    stack('scipy', 'Scientific Python', 'numpy, pandas, plots', 'quay.io/jupyter/scipy-notebook:latest', { is_default: true, limits: { memory_bytes: 4 * GIB, cpus: 2, pids: 512 } }),
  ];
  hub.images = [
    image('quay.io/jupyter/pytorch-notebook:2026-10-06', 6.1), image('quay.io/jupyter/scipy-notebook:latest', 3.9),
    image('registry.lab.example:5000/imaging:7', 4.4, 'Its JupyterHub is 1.5; a hub of today needs 5.0 or newer.'),
    image('quay.io/jupyter/minimal-notebook:latest', 1.6), image('postgres:17', 0.4, 'It holds no notebook software that a hub can start.'),
    image('quay.io/jupyter/base-notebook:arm64-latest', 1.0, 'It is made for arm64; this computer is amd64.'),
  ];
  hub.gpus = [
    { id: 'GPU-0', index: 0, name: 'NVIDIA RTX 6000 Ada', memory_bytes: 48 * GIB, memory_used_bytes: 31 * GIB, busy: 0.93, temperature: 71, holders: [{ user: 'maya', server: '', since: ago(191) }] },
    { id: 'GPU-1', index: 1, name: 'NVIDIA RTX 6000 Ada', memory_bytes: 48 * GIB, memory_used_bytes: 2 * GIB, busy: 0.04, temperature: 44, holders: [{ user: 'jonas', server: 'gpu', since: ago(3) }] },
    { id: 'GPU-2', index: 2, name: 'NVIDIA T400', memory_bytes: 4 * GIB, memory_used_bytes: 0.2 * GIB, busy: 0, temperature: 38, holders: [] },
  ];
  hub.sizes = [
    { name: 's', display_name: 'Small', limits: limits(1, 1), offered: true, is_default: false, groups: [] },
    { name: 'm', display_name: 'Medium', limits: limits(2, 2), offered: true, is_default: true, groups: [] },
    { name: 'l', display_name: 'Large with GPU', limits: limits(8, 4, 1), offered: true, is_default: false, groups: ['imaging'] },
  ];
  hub.folders = [
    { name: 'imaging-2026', display_name: 'Imaging 2026', host_path: '/data/imaging-2026', target: '/home/jovyan/imaging-2026', writable: true, audience: { kind: 'groups', groups: ['imaging'] },
      problem: { message: 'Servers cannot write into it.', remedy: 'It belongs to the account 1007; notebooks run as 1000.', fix: 'ownership' } },
    { name: 'course', display_name: 'Course material', host_path: null, target: '/home/jovyan/course', writable: false, audience: { kind: 'everybody' }, problem: null },
  ];
  const home = (id, user, status, bytes, over = {}) => ({
    id, spawner: 'docker', home: `labdeck-${id}`, place: `/var/lib/docker/volumes/labdeck-${id}/_data`, user, server: user && '', status, bytes, created: ago(90_000), kept_at: null, ...over,
  });
  hub.homes = [
    home('maya', 'maya', 'in_use', null), home('jonas', 'jonas', 'in_use', null), home('old', 'ida', 'kept', 3.4 * GIB, { kept_at: ago(3000) }),
    home('arch', 'tor', 'archived', 0.3 * GIB, { place: '/home/anna/.local/share/labdeck/archives/tor-2026-10-02.tar.zst', kept_at: ago(70_000) }), home('stray', null, 'orphan', null),
  ];
  hub.jobs = [
    { id: 1, title: 'Fetching quay.io/jupyter/minimal-notebook:latest', state: 'done', message: 'It can be offered now.', fraction: 1 },
    { id: 2, title: 'Fetching quay.io/jupyter/r-notebook:latest', state: 'running', message: '214 of 618 MB', fraction: 0.346 },
  ];
  fillHub(hub);
  return hub;
}

const SCENES = {
  full: fullHub,
  claim: emptyHub,
  first() {
    const hub = emptyHub();
    hub.overview.hub = { ...hub.overview.hub, on: true, claimed: true, lead: 'anna', started: ago(1) };
    hub.users = [person('anna', 0, true)];
    hub.images = [image('quay.io/jupyter/minimal-notebook:latest', 1.6)];
    return hub;
  },
  'no-docker'() {
    const hub = SCENES.first();
    Object.assign(hub.overview, {
      engine: {
        state: 'not_running',
        remedy: 'Docker is installed but does not answer. Start it (on Linux: systemctl start docker) and Labdeck will find it by itself.',
      },
      spawner: 'simple', spawner_reason: 'No container engine answers, so servers are local processes.', keyring: 'file',
    });
    return hub;
  },
  trouble() {
    const hub = fullHub();
    hub.overview.hub = { ...hub.overview.hub, on: false };
    hub.portTaken = true;
    for (const { server } of hub.servers) server.labdeck_engine_gone = !server.stopped;
    hub.servers.find((entry) => entry.user === 'maya').server.labdeck_grant.unenforced = ['Its memory is not limited: this computer gives Labdeck no control groups.'];
    Object.assign(hub, { gpus: [], gpuProblem: 'The driver of the graphics card does not answer (NVML error 9). Restart this computer, or install the driver anew.' });
    hub.overview.engine = { state: 'no_permission', remedy: 'Docker is running, but this account may not use it. Add the account to the group docker, sign out of the desktop and in again.' };
    hub.overview.problems = [
      { id: 'engine', title: 'Docker may not be used.', cause: 'The engine refused this account at 08:12.', remedy: 'Add the account to the group docker, sign out of the desktop and in again.' },
      { id: 'disk', title: 'The disk is nearly full.', cause: '1.2 GB are free where the database lies.', remedy: 'Make room; new servers are refused below 500 MB.' },
    ];
    return hub;
  },
};

/** The hub of a scene; an unknown one is an error that names those there are. */
export function makeScene(name) {
  const make = SCENES[name];
  if (make === undefined) throw new Error(`no scene “${name}”; there are ${Object.keys(SCENES).join(', ')}`);
  return make();
}
