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

/** For `go tool pprof` and all that read profile.proto, gzipped. Threads are labels of the samples. */
export function pprof(drawing: Drawing): Buffer {
  const { profile, title } = drawing;
  const { event, process, remora, notices } = profile;
  const type = TYPES[event];
  return gzipSync(
    encodePprof({
      sampleTypes: [{ type: 'samples', unit: 'count' }, type],
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
function* samplesOf({ profile, filter }: Drawing): Generator<PprofSample> {
  for (const { thread, tree } of profile.threads) {
    const labels = [['thread', oneLine(thread)]] as const;
    for (const sample of profile.naming.samples(tree)) {
      if (passes(filter, sample.stack)) yield { ...sample, labels };
    }
  }
}
