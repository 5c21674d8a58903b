import { defineLimit } from '../../base/index.js';
import type { Budget } from '../../probe/index.js';

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

export const budgetShare = defineLimit({
  name: 'instrument-budget',
  unit: 'percent',
  default: 1,
  summary: 'What all instruments of a target may cost, of one core over five seconds; 0 = unbounded.',
});

export const budgetBurst = defineLimit({
  name: 'instrument-budget-burst',
  unit: 'percent',
  default: 5,
  summary: 'The same over one second.',
});

export function defaultBudget(): Budget {
  return {
    share: budgetShare.value / 100,
    overMs: 5000,
    burstShare: budgetBurst.value / 100,
    burstMs: 1000,
  };
}
