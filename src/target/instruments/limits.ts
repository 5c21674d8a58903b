import { defineLimit } from '../../base/index.js';

export const instrumentLifetime = defineLimit({
  name: 'instrument-lifetime',
  unit: 's',
  default: 600,
  summary:
    'How long an instrument lives in a target unless renewed; renewed while a command observes it, so that what is forgotten goes by itself.',
});

export const instrumentQuiet = defineLimit({
  name: 'instrument-quiet',
  unit: 's',
  default: 3,
  summary: 'A function of which nothing was seen for this long is explained: not called, condition, ...',
});

export const instrumentsAtOnce = defineLimit({
  name: 'instruments-at-once',
  unit: 'count',
  default: 256,
  summary: 'Functions that are instrumented in one target at a time; 256 at most.',
});

export const instrumentQueue = defineLimit({
  name: 'instrument-queue',
  unit: 'count',
  default: 1000,
  summary:
    'Records of one observation that wait in the agent to be taken; later ones are dropped and counted.',
});

export const instrumentRate = defineLimit({
  name: 'instrument-rate',
  unit: 'per second',
  default: 1000,
  summary: 'Records of one observation that a target gives; calls above it pass unobserved and are counted.',
});

export const instrumentWait = defineLimit({
  name: 'instrument-wait',
  unit: 'ms',
  default: 20_000,
  summary: 'How long installing one instrument may take before the command gives up on it.',
});

export const instrumentUndoWait = defineLimit({
  name: 'instrument-undo-wait',
  unit: 'ms',
  default: 5000,
  summary:
    'How long the end of an observation waits for a main thread in native code; until that returns, calls pass through untouched.',
});

export const tunnelRecords = defineLimit({
  name: 'tunnel-records',
  unit: 'count',
  default: 1000,
  summary: 'Calls that `tt` keeps in one process; the oldest go first.',
});

export const tunnelBytes = defineLimit({
  name: 'tunnel-bytes',
  unit: 'bytes',
  default: 32 * 1024 * 1024,
  summary:
    'What the calls that `tt` keeps may hold in one process, as it is counted there; the oldest go first. What several of them share counts once, a receiver for an eighth of it at most.',
});

export const tunnelLifetime = defineLimit({
  name: 'tunnel-lifetime',
  unit: 's',
  default: 1800,
  summary: 'How long `tt` keeps a call.',
});

export const tunnelPageTime = defineLimit({
  name: 'tunnel-page-time',
  unit: 'ms',
  default: 10,
  summary: 'How long listing or searching the kept calls holds the main thread before it is given back.',
});

export const tunnelReplayWait = defineLimit({
  name: 'tunnel-replay-wait',
  unit: 'ms',
  default: 10_000,
  summary: 'How long `tt -p` waits for the promise of a call that it made again.',
});

export const lineHits = defineLimit({
  name: 'line-hits',
  unit: 'per second',
  default: 500,
  summary:
    'A breakpoint of `line` that is hit more often is removed: each hit costs the process about 0.1 ms.',
});

export const lineRate = defineLimit({
  name: 'line-rate',
  unit: 'per second',
  default: 100,
  summary: 'Hits of one `line` that are captured; those above it pass and are counted.',
});

export const lineNames = defineLimit({
  name: 'line-names',
  unit: 'count',
  default: 200,
  summary: 'Variables that `line` reads at one line, the innermost first.',
});

export const breakpointScript = defineLimit({
  name: 'breakpoint-script',
  unit: 'count',
  default: 2_000_000,
  summary:
    'Characters of a script in whose functions breakpoints are set without --force: at the first hit in each function V8 parses the script once more, about 0.1 ms for each thousand. `line`, `trace`, `retransform`, and what only a breakpoint reaches.',
});

export const breakpointTotal = defineLimit({
  name: 'breakpoint-total',
  unit: 'count',
  default: 10_000_000,
  summary:
    'Characters that one command may so have V8 parse without --force: those of the script of each function, added up.',
});
