import type { Log } from '../../base/index.js';
import { DONE, defineCall, defineGetter } from './call.js';

/** The reference's verbosity: 0 = as configured, 1 = more, 2 and above = everything. */
const NAMES = ['info', 'debug', 'trace'] as const;
const NANOSECONDS = 1e6;
/** setTimeout takes no longer ones. */
const LONGEST_MS = 2 ** 31 - 1;

interface Raised {
  readonly original: string;
  readonly timer: NodeJS.Timeout;
}
const raised = new WeakMap<Log, Raised>();

export const getLoggingLevel = defineGetter('GET_LOGGING_LEVEL', ({ log }) => ({
  get_logging_level: {
    level: Math.max(0, (NAMES as readonly string[]).indexOf(log.level)),
  },
}));

/** For a while, and then as it was before; a later call replaces the time of an earlier one. */
export const setLoggingLevel = defineCall({
  type: 'SET_LOGGING_LEVEL',
  body: 'set_logging_level',
  role: 'admin',
  audited: true,
  run: async ({ log }, { level, duration }) => {
    const before = raised.get(log);
    clearTimeout(before?.timer);
    const original = before?.original ?? log.level;
    const ms = Math.min(LONGEST_MS, Math.max(0, duration.nanoseconds / NANOSECONDS));
    log.level = level === 0 ? original : (NAMES[Math.min(level, NAMES.length - 1)] ?? original);
    const timer = setTimeout(() => {
      log.level = original;
      raised.delete(log);
    }, ms);
    timer.unref();
    raised.set(log, { original, timer });
    return DONE;
  },
});
