import { defineLimit } from '../base/index.js';

export const symbolCount = defineLimit({
  name: 'pprof-symbols',
  unit: 'count',
  default: 262_144,
  summary: 'Functions that get an address for /pprof/symbol; later ones are named inside the profiles only.',
});
