import { arthasJson } from '../wire/index.js';
import type { Result } from './command.js';
import { resultBytes } from './limits.js';

/**
 * A result as it leaves its job: serialized once, at the moment it was made. All queues share the one text, nothing
 * refers to live objects, and its size is known.
 */
export interface Published {
  readonly type: string;
  /** 0 for results of the session itself. */
  readonly jobId: number;
  readonly json: string;
  readonly bytes: number;
  /** How much it counts towards the early flush of a batch, wire/arthas.md 2.6. */
  readonly items: number;
  /** Never dropped while anything else can be: the end of a job, the text of a pipe, where its file is. */
  readonly keep: boolean;
}

const KEPT = new Set(['status', 'text', 'redirect']);

/** Serializes a result. One above the limit `result-bytes` becomes a `dropped` result that says so. */
export function publish(jobId: number, result: Result): Published {
  const json = arthasJson({ ...result, jobId });
  const bytes = Buffer.byteLength(json);
  if (bytes > resultBytes.value) {
    return publishDropped(
      jobId,
      1,
      `a ${result.type} result of ${bytes} bytes is above the limit result-bytes`,
    );
  }
  return { type: result.type, jobId, json, bytes, items: itemsOf(result), keep: KEPT.has(result.type) };
}

/** Stands where results were lost: how many, of which job (0 = of several), and why where it is not the usual cause. */
export function publishDropped(jobId: number, count: number, reason?: string): Published {
  return publish(jobId, { type: 'dropped', count, reason });
}

function itemsOf(result: Result): number {
  const { content } = result;
  if (result.type === 'cat' && typeof content === 'string') return Math.floor(content.length / 100) + 1;
  let items = 0;
  for (const name in result) {
    const field = result[name];
    if (Array.isArray(field)) items += field.length;
    else if (field instanceof Map) items += field.size;
  }
  return Math.max(1, items);
}
