import type { Frames } from './data.js';

export interface Search {
  /** By frame: 1 = it matches. */
  readonly marks: Uint8Array;
  readonly frames: number;
}

/** `/text/` is a regular expression; anything else is looked for as it is, in names and files. Undefined: none, or broken. */
export function searchFrames(text: string, frames: Frames): Search | 'bad' | undefined {
  const wanted = text.trim();
  if (wanted === '') return undefined;
  const matches = matcherOf(wanted);
  if (!matches) return 'bad';
  return search(
    frames,
    (frame) => matches(frames.name(frame)) || matches(frames.file(frame)) || matches(frames.place(frame)),
  );
}

/** One function, from the list. */
export function searchOne(wanted: number, frames: Frames): Search {
  return search(frames, (frame) => frame === wanted);
}

function search(frames: Frames, matches: (frame: number) => boolean): Search {
  const marks = new Uint8Array(frames.count);
  let found = 0;
  for (let frame = 0; frame < frames.count; frame++) {
    if (!matches(frame)) continue;
    marks[frame] = 1;
    found += 1;
  }
  return { marks, frames: found };
}

function matcherOf(wanted: string): ((text: string) => boolean) | undefined {
  const [, source] = /^\/(.+)\/$/s.exec(wanted) ?? [];
  if (source !== undefined) {
    try {
      const pattern = new RegExp(source, 'i');
      return (text) => pattern.test(text);
    } catch {
      return undefined;
    }
  }
  const lower = wanted.toLowerCase();
  return (text) => text.toLowerCase().includes(lower);
}
