import { AWAIT_NAME } from '../../target/index.js';

/** Where code comes from: what people look for first in a profile. */
export type FrameKind = 'app' | 'package' | 'node' | 'native' | 'idle' | 'thread';

export const FRAME_KINDS: readonly FrameKind[] = ['app', 'package', 'node', 'native', 'idle', 'thread'];

export function frameKind(name: string, file: string): FrameKind {
  if (name === AWAIT_NAME) return 'idle';
  if (file.startsWith('node:')) return 'node';
  if (/(^|\/)node_modules\//.test(file)) return 'package';
  if (file !== '') return 'app';
  return name === '(idle)' ? 'idle' : 'native';
}

/** `@scope/name` or `name` of a file in a package. */
export function packageIn(file: string): string | undefined {
  const at = file.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(file.slice(at + 'node_modules/'.length))?.[0];
}

/** As short as it still tells where: below the working folder relative to it, in a package by its name. */
export function shortFile(file: string, cwd: string): string {
  const at = file.lastIndexOf('node_modules/');
  if (at >= 0) return file.slice(at + 'node_modules/'.length);
  const folder = cwd.endsWith('/') ? cwd : `${cwd}/`;
  return file.startsWith(folder) ? file.slice(folder.length) : file;
}
