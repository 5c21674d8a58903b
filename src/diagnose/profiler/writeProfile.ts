import { epochMs } from '../../base/index.js';
import type { RecordedEvent } from '../../target/index.js';
import type { OutputFile, OutputService } from '../output/index.js';
import { outputNameOf, outputStamp } from '../output/index.js';
import { FORMATS, type FormatName } from './formats/index.js';
import { frameTree } from './frameTree.js';
import { profilerTextBytes } from './limits.js';
import { AWAITED_TITLE, type Drawing, EVENT_TITLES, type Profile, titleOf } from './profile.js';
import type { DrawWish } from './wish.js';

export interface Written {
  readonly event: RecordedEvent;
  readonly name: string;
  readonly path: string;
  readonly url: string;
  readonly bytes: number;
  readonly format: FormatName;
  readonly samples: number;
  /** Of a format that people read, its beginning. */
  readonly text?: string;
}

const TOP = 200;

/** The file is there before the profile is: a place that cannot be written is known at once. */
export function openProfileFile(output: OutputService, wish: DrawWish, pid: number): Promise<OutputFile> {
  const [extension] = FORMATS[wish.format].extensions;
  const name =
    wish.file === undefined
      ? `${outputStamp(new Date(epochMs()))}.${extension}`
      : fileName(wish.file, extension, pid);
  return output.create(name, { risk: 'observe', whenTaken: wish.file === undefined ? 'number' : 'replace' });
}

/** The last part of what was named: files lie in the agent's output folder only. `%p` and `%t` as in async-profiler. */
function fileName(file: string, extension: string, pid: number): string {
  const last = file
    .replace(/.*\//s, '')
    .replaceAll('%p', String(pid))
    .replaceAll('%t', outputStamp(new Date(epochMs())));
  const name = last === '' ? 'profile' : outputNameOf(last, 150);
  return name.includes('.') ? name : `${name}.${extension}`;
}

export function drawingOf(profile: Profile, wish: DrawWish): Drawing {
  const { filter, depth } = wish;
  const rootOf = (threads: Profile['threads'], perThread: boolean): Drawing['root'] =>
    frameTree(threads, profile.naming, { filter, perThread, depth });
  const drawing: Drawing = {
    profile,
    heading: EVENT_TITLES[profile.event],
    counts: 'samples',
    root: rootOf(profile.threads, profile.perThread),
    filter,
    title: wish.title ?? titleOf(profile),
    reverse: wish.reverse,
    minWidth: wish.minWidth,
    total: wish.total,
    top: wish.top ?? TOP,
  };
  if (!profile.awaited) return drawing;
  const threads = [profile.awaited];
  const awaited: Drawing = {
    ...drawing,
    profile: { ...profile, threads, notices: [], awaited: undefined },
    heading: AWAITED_TITLE,
    counts: 'awaits',
    root: rootOf(threads, false),
  };
  return { ...drawing, awaited };
}

/** Whatever fails, nothing of the file is left. */
export async function writeProfile(profile: Profile, wish: DrawWish, file: OutputFile): Promise<Written> {
  try {
    const drawing = drawingOf(profile, wish);
    const format: { readonly isText?: boolean; draw(drawing: Drawing): Iterable<string | Uint8Array> } =
      FORMATS[wish.format];
    let text: string | undefined = format.isText ? '' : undefined;
    let held: string[] = [];
    let size = 0;
    for (const piece of format.draw(drawing)) {
      if (typeof piece !== 'string') {
        await file.write(piece);
        continue;
      }
      if (text !== undefined && text.length < profilerTextBytes.value) text += piece;
      held.push(piece);
      size += piece.length;
      if (size < GATHERED) continue;
      await file.write(held.join(''));
      held = [];
      size = 0;
    }
    if (held.length > 0) await file.write(held.join(''));
    await file.close();
    const { name, path, url, bytes } = file;
    return {
      event: profile.event,
      name,
      path,
      url,
      bytes,
      format: wish.format,
      samples: drawing.root.totalSamples,
      text: text?.slice(0, profilerTextBytes.value),
    };
  } finally {
    await file.abort();
  }
}

const GATHERED = 256 * 1024;

/** One of the texts, for an answer without a file. */
export function profileText(
  profile: Profile,
  wish: DrawWish,
): { readonly text: string; readonly samples: number } {
  const drawing = drawingOf(profile, wish);
  const { draw } = FORMATS[wish.format] as { draw(drawing: Drawing): Iterable<string | Uint8Array> };
  let text = '';
  for (const piece of draw(drawing)) {
    text += String(piece);
    if (text.length > profilerTextBytes.value) {
      text = `${text.slice(0, profilerTextBytes.value)}\n... cut; 'profiler dump -o ${wish.format}' writes all of it to a file\n`;
      break;
    }
  }
  return { text, samples: drawing.root.totalSamples };
}
