import type { ContainerID } from '../../wire/index.js';

/** NAME_MAX, and what the reference leaves of it for what it appends. */
const MAX_ID = 255;
const MAX_VALUE = 242;

/** Root first, joined with dots, as the reference's texts name a container. */
export function idText(id: ContainerID): string {
  const parts: string[] = [];
  for (let one: ContainerID | undefined = id; one; one = one.parent) parts.unshift(one.value);
  return parts.join('.');
}

/** How many containers are above it. */
export function depthOf(id: ContainerID): number {
  let depth = 0;
  for (let one = id.parent; one; one = one.parent) depth++;
  return depth;
}

/** What is wrong with an id (shared/wire/mesos-agent.md 3.2); undefined when nothing is. */
export function idFault(id: ContainerID | undefined): string | undefined {
  const { value = '', parent } = id ?? {};
  const length = Buffer.byteLength(value);
  if (length === 0) return 'ID must not be empty';
  if (length > MAX_ID) return `ID must not be greater than ${MAX_ID} characters`;
  if (value === '.' || value === '..') return `'${value}' is disallowed`;
  if (/[\x00-\x1f\x7f/\\]/.test(value)) return `'${value}' contains invalid characters`;
  if (length > MAX_VALUE) {
    return `'ContainerID.value' '${value}' exceeds the maximum length (${MAX_VALUE})`;
  }
  if (/[. ]/.test(value)) return `'ContainerID.value' '${value}' contains invalid characters`;
  const above = parent && idFault(parent);
  return above && `'ContainerID.parent' is invalid: ${above}`;
}
