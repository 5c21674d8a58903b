import type { RemoteObjects, RemoteValue } from '../../target/index.js';
import { heapCallMs } from './limits.js';

/** Measures how long V8 took. */
export class HeapSearch {
  readonly #objects: RemoteObjects;
  /** Milliseconds that searches have taken so far. */
  tookMs = 0;
  searches = 0;

  constructor(objects: RemoteObjects) {
    this.#objects = objects;
  }

  /** All objects that inherit from `prototype`, by reference. */
  readonly instances = async (prototype: RemoteValue): Promise<RemoteValue> => {
    const began = performance.now();
    try {
      return await this.#objects.instances(prototype, heapCallMs.value);
    } finally {
      this.tookMs += performance.now() - began;
      this.searches += 1;
    }
  };
}
