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

/** What became of reading a file of somebody else's choosing. */
export type FileBytes =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'missing' | 'folder' | 'no-file' | 'not-bytes' }
  | { readonly kind: 'denied' | 'other'; readonly why: string }
  | { readonly kind: 'too-large'; readonly size: number };

/** A file as the target sees it, byte for byte, of `limit` bytes at most. @throws RemoraError when the target has gone */
export async function readTargetBytes(target: Target, path: string, limit: number): Promise<FileBytes> {
  const pieces: Buffer[] = [];
  let offset = 0;
  try {
    for (;;) {
      const piece = await target.worker<Piece>(
        'readFile',
        { path, offset, length: Math.min(PIECE_BYTES, limit + 1), encoding: 'base64' },
        { timeoutMs: TIMEOUT_MS },
      );
      if (piece.size > limit) return { kind: 'too-large', size: piece.size };
      const bytes = bytesOf(target, piece);
      if (!bytes) return { kind: 'not-bytes' };
      pieces.push(bytes);
      if (piece.end >= piece.size || piece.end <= offset || piece.end > limit) break;
      offset = piece.end;
    }
    return { kind: 'bytes', bytes: Buffer.concat(pieces) };
  } catch (error) {
    if (error instanceof RemoraError && error.code === 'target-let-go') throw error;
    return await whyNot(target, path, errorText(error));
  }
}

/** Without a Worker files come as text, which is right for text alone. */
function bytesOf(target: Target, { text }: Piece): Buffer | undefined {
  if (target.channel === 'worker') return Buffer.from(text, 'base64');
  return text.includes('\ufffd') ? undefined : Buffer.from(text, 'utf8');
}

async function whyNot(target: Target, path: string, text: string): Promise<FileBytes> {
  if (/ENOENT|ENOTDIR/.test(text)) return { kind: 'missing' };
  if (/EACCES|EPERM/.test(text)) return { kind: 'denied', why: 'Permission denied' };
  if (!/not a regular file|EISDIR/.test(text)) return { kind: 'other', why: text };
  // Only a folder has something named '.' in it.
  const inside = await target
    .worker('readFile', { path: `${path}/.`, length: 0 }, { timeoutMs: TIMEOUT_MS })
    .then(() => '', errorText);
  return { kind: /ENOENT|ENOTDIR/.test(inside) ? 'no-file' : 'folder' };
}

async function read(target: Target, path: string, offset: number, length: number): Promise<Piece> {
  try {
    return await target.worker<Piece>('readFile', { path, offset, length }, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (error instanceof RemoraError && error.code === 'target-let-go') throw error;
    throw new RemoraError('file-not-read', `${path} cannot be read in the target: ${errorText(error)}`);
  }
}
