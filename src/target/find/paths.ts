/** True when `path` is `root` or below it. Both absolute. */
export function containsPath(root: string, path: string): boolean {
  return root === '/' || path === root || path.startsWith(`${root}/`);
}

/** `path` and every folder above it, down to and including `root`; the deepest first. */
export function parentPaths(path: string, root: string): string[] {
  const found: string[] = [];
  for (let at = path; containsPath(root, at); at = at.slice(0, Math.max(1, at.lastIndexOf('/')))) {
    found.push(at);
    if (at === root || at === '/') break;
  }
  return found;
}
