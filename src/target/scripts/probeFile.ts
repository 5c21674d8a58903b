import { errorText, RemoraError } from '../../base/index.js';
import type { Target } from '../types.js';

/** One piece of a file travels in one frame. */
const PIECE_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 5000;

interface Piece {
  readonly text: string;
  readonly size: number;
  readonly end: number;
}

/**
 * A text file as the target sees it: its uid, its root, its working folder (DESIGN 3.4).
 * @throws RemoraError `file-too-big`, and what the target says of a file it cannot read
 */
export async function readTargetFile(target: Target, path: string, limit: number): Promise<string> {
  let text = '';
  let offset = 0;
  for (;;) {
    const piece = await read(target, path, offset, PIECE_BYTES);
    if (piece.size > limit) {
      throw new RemoraError('file-too-big', `${path} has ${piece.size} bytes, ${limit} are read`);
    }
    if (piece.end >= piece.size || piece.end === offset) return text + piece.text;
    // A character cut in two at the seam comes as one U+FFFD: it is left for the next piece.
    const whole = piece.text.replace(/\ufffd$/, '');
    const cut = piece.end - offset - Buffer.byteLength(whole);
    text += cut >= 0 && cut < 4 ? whole : piece.text;
    offset = cut >= 0 && cut < 4 ? piece.end - cut : piece.end;
  }
}

/** The last `bytes` of a text file; `whole` says that it is all of it. */
export async function readTargetFileEnd(
  target: Target,
  path: string,
  bytes: number,
): Promise<{ text: string; whole: boolean }> {
  const { size, text: head } = await read(target, path, 0, 0);
  if (size <= bytes) return { text: head + (await read(target, path, 0, bytes)).text, whole: true };
  return { text: (await read(target, path, size - bytes, bytes)).text, whole: false };
}

async function read(target: Target, path: string, offset: number, length: number): Promise<Piece> {
  try {
    return await target.worker<Piece>('readFile', { path, offset, length }, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (error instanceof RemoraError && error.code === 'target-let-go') throw error;
    throw new RemoraError('file-not-read', `${path} cannot be read in the target: ${errorText(error)}`);
  }
}
