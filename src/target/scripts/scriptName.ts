import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The file behind a script's URL, '' when there is none. */
export function pathOf(url: string): string {
  if (url.startsWith('/')) return url;
  if (!url.startsWith('file://')) return '';
  try {
    return fileURLToPath(url.replace(/[?#].*$/s, ''));
  } catch {
    // A made-up URL; somebody's loader may use any.
    return '';
  }
}

/** The package and what people call a file of it, or a file of the program's own. */
export function nameOf(path: string, url: string, cwd: string): { name: string; packageName: string } {
  if (path === '') return { name: url, packageName: '' };
  const [, inside] = /.*\/node_modules\/(.+)$/s.exec(path) ?? [];
  const [packageName] = /^(?:@[^/]+\/)?[^/]+/.exec(inside ?? '') ?? [];
  if (inside !== undefined && packageName) return { name: inside, packageName };
  const below = cwd === '' ? '' : relative(cwd, path);
  const name = below === '' || below.startsWith('..') ? path : below;
  return { name, packageName: '' };
}

/** `dist/cart` of `dist/cart.js`. */
export function withoutExtension(name: string): string {
  return name.replace(/\.[cm]?[jt]sx?$/, '');
}
