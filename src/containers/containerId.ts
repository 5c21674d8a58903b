/** Ids of containers as paths, root first (wire/mesos-agent.md 3.2). */
import type { ContainerID } from '../wire/index.js';
import { badContainer, overLimit } from './errors.js';
import { containerDepth } from './limits.js';

/** The sheet's rule, which also makes a part safe as a file's name. */
const PART = /^[^\0-\x1f\x7f/\\. ]+$/;
const PART_BYTES = 242;

/** Root first. Throws `bad-container`: an id becomes folders and cgroups, so it is checked here as well. */
export function idPath(id: ContainerID): string[] {
  const path: string[] = [];
  for (let at: ContainerID | undefined = id; at; at = at.parent) {
    if (path.length >= containerDepth.value) {
      throw overLimit(`the container id has more than ${containerDepth.value} levels`, containerDepth.name);
    }
    if (!PART.test(at.value) || Buffer.byteLength(at.value) > PART_BYTES) {
      throw badContainer(`'ContainerID.value' '${at.value}' contains invalid characters or is too long`);
    }
    path.unshift(at.value);
  }
  return path;
}

/** `root.child.grandchild`: the sheet's form, also the key of maps (a part holds no dot). */
export function pathText(path: readonly string[]): string {
  return path.join('.');
}

export function pathId(path: readonly string[]): ContainerID {
  let id: ContainerID | undefined;
  for (const value of path) id = id ? { value, parent: id } : { value };
  return id ?? { value: '' };
}
