// What the make-believe hub holds at its start, by scene.

const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const GIB = 2 ** 30;

const newServer = (user, name, over = {}) => ({
  name, display_name: '', full_name: `${user}/${name}`, last_activity: null, started: null, pending: null, ready: false,
  stopped: true, url: `/user/${user}/${name === '' ? '' : `${name}/`}`, user_options: {}, progress_url: '', full_url: null,
  full_progress_url: null, labdeck_state: 'Off', labdeck_since: null, labdeck_failure: null, labdeck_last_exit: null,
  labdeck_stack: null, labdeck_spawner: 'docker', ...over,
});

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
    { user: 'maya', server: newServer('maya', '', ready(191, 'deep')) },
    { user: 'jonas', server: newServer('jonas', '', ready(41, 'scipy')) },
    { user: 'jonas', server: newServer('jonas', 'gpu', { display_name: 'GPU runs', ...ready(3, 'deep') }) },
    { user: 'lin', server: newServer('lin', '', { stopped: false, pending: 'stop', labdeck_state: 'Stopping', labdeck_since: ago(0.1), labdeck_stack: 'scipy' }) },
    { user: 'ada', server: newServer('ada', '', { stopped: false, pending: 'spawn', labdeck_state: 'Fetching', labdeck_since: ago(0.4), labdeck_stack: 'r' }) },
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
  hub.jobs = [
    { id: 1, title: 'Fetching quay.io/jupyter/minimal-notebook:latest', state: 'done', message: 'It can be offered now.', fraction: 1 },
    { id: 2, title: 'Fetching quay.io/jupyter/r-notebook:latest', state: 'running', message: '214 of 618 MB', fraction: 0.346 },
  ];
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
