import { allLimits } from './base/index.js';

console.log(allLimits().length);
