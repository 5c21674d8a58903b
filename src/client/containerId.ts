import { RemoraError } from '../base/index.js';
import type { ContainerID } from '../wire/index.js';

/** A container by its path from the root (`web`, `web.debug`) or as the protocol has it. */
export type ContainerName = string | ContainerID;

/** `web.debug` → `{value: 'debug', parent: {value: 'web'}}`. */
export function containerId(name: ContainerName): ContainerID {
  if (typeof name !== 'string') return name;
  const [root = '', ...below] = name.split('.');
  checkPart(root, name);
  return below.reduce<ContainerID>(
    (parent, value) => {
      checkPart(value, name);
      return { value, parent };
    },
    { value: root },
  );
}

/** Root first, joined with dots. */
export function containerPath(id: ContainerID): string {
  const parts: string[] = [];
  for (let part: ContainerID | undefined = id; part; part = part.parent) parts.unshift(part.value);
  return parts.join('.');
}

/** The agent knows more rules (length, characters); these two would give another container than the one named. */
function checkPart(part: string, name: string): void {
  if (part === '' || /[\s/\\]/.test(part)) {
    throw new RemoraError('bad-container', `'${name}' is not the name of a container`, {
      hint: 'Write it as ROOT or ROOT.CHILD, without blanks and slashes',
    });
  }
}
