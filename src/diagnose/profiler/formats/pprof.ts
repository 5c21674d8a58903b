import { gzipSync } from 'node:zlib';
import { encodePprof, type PprofSample } from '../../../wire/index.js';
import { type Drawing, EVENT_TITLES, isMemory } from '../profile.js';
import { passes } from '../stackFilter.js';
import { oneLine } from './frameText.js';

const TYPES = {
  cpu: { type: 'cpu', unit: 'nanoseconds' },
  wall: { type: 'wall', unit: 'nanoseconds' },
  alloc: { type: 'alloc_space', unit: 'bytes' },
  heap: { type: 'inuse_space', unit: 'bytes' },
} as const;

const SAMPLES = { type: 'samples', unit: 'count' };
/** `go tool pprof -sample_index=awaited` shows it; `wall` stays what is shown otherwise. */
const AWAITED = [
  { type: 'awaits', unit: 'count' },
  { type: 'awaited', unit: 'nanoseconds' },
];

/** For `go tool pprof` and all that read profile.proto, gzipped. Threads are labels of the samples. */
export function pprof(drawing: Drawing): Buffer {
  const { profile, title } = drawing;
  const { event, process, remora, notices } = profile;
  const type = TYPES[event];
  return gzipSync(
    encodePprof({
      sampleTypes: [SAMPLES, type, ...(drawing.awaited ? AWAITED : [])],
      periodType: isMemory(event) ? { type: 'space', unit: 'bytes' } : type,
      period: profile.interval,
      timeMs: profile.began,
      durationNanos: profile.durationMs * 1e6,
      samples: samplesOf(drawing),
      program: process.name,
      addressLimit: profile.frames.limit,
      labels: [],
      comments: [
        title,
        `${EVENT_TITLES[event]} of ${process.name}, process ${process.pid}, Node.js ${process.nodeVersion}`,
        `taken by ${remora}`,
        ...notices,
      ],
    }),
  );
}

/** Line by line, which the tree of functions does not know any more. */
function* samplesOf({ profile, filter, awaited }: Drawing): Generator<PprofSample> {
  for (const { thread, tree } of profile.threads) {
    const labels = [['thread', oneLine(thread)]] as const;
    for (const sample of profile.naming.samples(tree)) {
      if (!passes(filter, sample.stack)) continue;
      yield { ...sample, values: awaited ? [...sample.values, 0, 0] : sample.values, labels };
    }
  }
  if (!awaited) return;
  for (const { values, ...sample } of samplesOf(awaited)) yield { ...sample, values: [0, 0, ...values] };
}
