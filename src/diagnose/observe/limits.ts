import { defineLimit } from '../../base/index.js';
import { ringBytes } from '../../target/index.js';
import { valueBytes } from '../values/index.js';

export const captureBytes = defineLimit({
  name: 'capture-bytes',
  unit: 'bytes',
  default: 64 * 1024,
  summary:
    'JSON characters of one value that `watch` captures; -M asks for less or more, up to `value-bytes` and a quarter of the ring.',
});

export const captureTime = defineLimit({
  name: 'capture-time',
  unit: 'ms',
  default: 10,
  summary: 'How long rendering one captured value may keep a call that is observed.',
});

export const captureItems = defineLimit({
  name: 'capture-items',
  unit: 'count',
  default: 100,
  summary: 'Elements, entries or members shown of one captured value.',
});

export const stackFrames = defineLimit({
  name: 'observed-frames',
  unit: 'count',
  default: 50,
  summary: 'Frames of one stack that `stack` captures, the asynchronous ones among them.',
});

export const observeMatches = defineLimit({
  name: 'observed-functions',
  unit: 'count',
  default: 200,
  summary: 'Most functions that one command may observe, whatever its -m says.',
});

export const lazyPoll = defineLimit({
  name: 'lazy-poll',
  unit: 'ms',
  default: 500,
  summary: 'How often -L looks whether a module that fits has been loaded.',
});

/** A record has a head besides. */
const HEAD = 1024;

/** Characters of one captured value: what -M says, as far as a record has room. */
export function captureRoom(sizeLimit: number | undefined): number {
  return Math.min(sizeLimit ?? captureBytes.value, valueBytes.value, ringBytes.value / 4 - HEAD);
}
