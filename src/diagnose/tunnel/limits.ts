import { defineLimit } from '../../base/index.js';

export const mostReplays = defineLimit({
  name: 'tunnel-replays',
  unit: 'count',
  default: 100,
  summary: 'How often one `tt -p` may call a function again.',
});
