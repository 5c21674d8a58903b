import { relative } from 'node:path';
import type { Target } from '../types.js';
import { pathOf } from './scriptName.js';
import { sourceMapsOf } from './sourceMaps.js';

/** A stack frame; line and column count from 1, 0 = unknown. */
export interface Frame {
  /** An absolute path or a URL. */
  readonly fileName: string;
  readonly line: number;
  readonly column: number;
  readonly functionName: string;
}

/** A frame in the source that people wrote. */
export interface MappedFrame extends Frame {
  /** From the process's working folder, where the file lies below it. */
  readonly shortName: string;
  /** The frame as V8 gave it, when a source map changed it. */
  readonly generated?: Frame;
}

/** A map that is still being read when this is over is used from the next frame on. */
const PATIENCE_MS = 3000;

/**
 * A frame through the source map of its file, if it has one. Kept by file while the target is attached; never rejects.
 * The first frame of a file costs a read in the target's probe thread, none of its main thread.
 */
export async function mapFrame(target: Target, frame: Frame): Promise<MappedFrame> {
  const path = pathOf(frame.fileName);
  const plain = { ...frame, shortName: shortName(target, path || frame.fileName) };
  if (path === '' || frame.line < 1) return plain;
  const answer = await inTime(sourceMapsOf(target).ofFile(path));
  if (!answer || !('map' in answer)) return plain;
  const original = answer.map.original({ line: frame.line, column: Math.max(1, frame.column) });
  const fileName = original && answer.map.sources[original.source];
  if (!original || fileName === undefined) return plain;
  return {
    fileName,
    line: original.line,
    column: original.column,
    functionName: frame.functionName,
    shortName: shortName(target, fileName),
    generated: frame,
  };
}

/** Several frames of one stack, in their order. */
export function mapFrames(target: Target, frames: readonly Frame[]): Promise<MappedFrame[]> {
  return Promise.all(frames.map((frame) => mapFrame(target, frame)));
}

function shortName(target: Target, fileName: string): string {
  const { cwd } = target.process;
  if (!fileName.startsWith('/') || cwd === '') return fileName;
  const below = relative(cwd, fileName);
  return below === '' || below.startsWith('..') ? fileName : below;
}

async function inTime<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
