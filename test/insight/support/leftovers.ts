import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

/** What V8 calls the thread that takes CPU samples; it is there only while a profile is being taken. */
const SAMPLER = /ProfEvnt/;

export function isSampled(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).some((thread) => {
    try {
      return SAMPLER.test(readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8'));
    } catch {
      return false;
    }
  });
}

export function assertNoProfiler(pid: number): void {
  assert.equal(isSampled(pid), false, `V8 still samples ${pid}`);
}
