// Made-up objects of the hub for tests.
import type { ServerView } from '../api/types';

/** A server that is off, with what a test changes of it. */
export function serverView(over: Partial<ServerView> = {}): ServerView {
  return {
    name: '', display_name: '', full_name: 'ada/', last_activity: null, started: null, pending: null, ready: false,
    stopped: true, url: '/user/ada/', user_options: {}, progress_url: '', full_url: null, full_progress_url: null,
    labdeck_state: 'Off', labdeck_since: null, labdeck_failure: null, labdeck_last_exit: null, labdeck_stack: null,
    labdeck_spawner: null, labdeck_awake_until: null, labdeck_engine_gone: false, labdeck_grant: null, labdeck_notices: [],
    labdeck_stops: null, labdeck_usual_seconds: null, labdeck_waiting: null, ...over,
  };
}
