import { RemoraError } from './error.js';

/** A bound that has a name, a default, and a line in docs/limits.md (generated from this registry). */
export interface Limit {
  readonly name: string;
  readonly unit: 'bytes' | 'ms' | 's' | 'count' | 'percent' | 'per second';
  readonly default: number;
  readonly summary: string;
  value: number;
}

const registry = new Map<string, Limit>();

/** Declares a limit. Rooms do this once, at module level, in their `limits.ts`. */
export function defineLimit(limit: Omit<Limit, 'value'>): Limit {
  if (registry.has(limit.name)) throw new Error(`limit ${limit.name} is defined twice`);
  const entry = { ...limit, value: limit.default };
  registry.set(limit.name, entry);
  return entry;
}

/** All limits by name, sorted. */
export function allLimits(): Limit[] {
  return [...registry.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Sets a limit by `name=value`, as `--limit` gives it. */
export function setLimit(assignment: string): void {
  const [name = '', text = ''] = assignment.split('=', 2);
  const limit = registry.get(name);
  if (!limit) {
    throw new RemoraError('unknown-limit', `no limit is named '${name}'`, {
      hint: 'docs/limits.md lists them',
    });
  }
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new RemoraError('bad-limit', `limit ${name} takes a number of ${limit.unit}, not '${text}'`);
  }
  limit.value = value;
}

export const auditFileBytes = defineLimit({
  name: 'audit-file-bytes',
  unit: 'bytes',
  default: 16 * 1024 * 1024,
  summary: 'Size at which the audit file is put aside and a new one begun',
});

export const auditFiles = defineLimit({
  name: 'audit-files',
  unit: 'count',
  default: 5,
  summary: 'Audit files kept beside the one that is written; older ones are removed',
});
