import { defineLimit } from '../../base/index.js';

export const loggerTurnMs = defineLimit({
  name: 'logger-turn-ms',
  unit: 'ms',
  default: 10,
  summary: "How long `logger` keeps the target's main thread at a time while it looks for loggers.",
});
