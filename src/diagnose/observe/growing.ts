import type { Observation } from '../../target/index.js';
import { progressOf } from './trace/traceNews.js';

/** Nobody wonders before. */
const PATIENT_MS = 2000;
/** How far it has come is told at most this often. */
const PROGRESS_MS = 10_000;
const GROWS =
  'a call was seen; what it calls is looked into from its next call on, level by level, before a tree is shown';

/** Word of hits that are kept back, for somebody who has waited a while without seeing one. */
export class Growing {
  readonly #observation: Pick<Observation, 'reach'>;
  #since: number | undefined;
  #told = false;
  #progress = '';
  #progressAt = 0;

  constructor(observation: Pick<Observation, 'reach'>) {
    this.#observation = observation;
  }

  /** A hit was kept back. */
  keptBack(now: number): void {
    this.#since ??= now;
  }

  /** Longest wait until it has something to tell. */
  get patience(): number | undefined {
    return this.#since === undefined ? undefined : PATIENT_MS;
  }

  /** What is to be told now. */
  *told(now: number): Generator<string, void, void> {
    if (!this.#told && this.#since !== undefined && now - this.#since >= PATIENT_MS) {
      this.#told = true;
      this.#progressAt = now;
      this.#progress = progressOf(this.#observation.reach());
      yield GROWS;
    }
    if (!this.#told || now - this.#progressAt < PROGRESS_MS) return;
    this.#progressAt = now;
    const progress = progressOf(this.#observation.reach());
    if (progress !== this.#progress) yield progress;
    this.#progress = progress;
  }
}
