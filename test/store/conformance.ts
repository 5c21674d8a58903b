/** What every driver of the store must hold. `conformance(name, open)` makes the tests of one. */
import { describe } from 'node:test';
import type { Store } from '../../src/store/index.js';
import { logConformance } from './conformance/log.js';
import { logModelConformance } from './conformance/logModel.js';
import { modelConformance } from './conformance/model.js';
import { stateConformance } from './conformance/state.js';
import { tableConformance } from './conformance/tables.js';

/** A driver under test: each call gives a store of its own, without tables, and a way to open the same one again. */
export interface Fixture {
  readonly store: Store;
  /** Closes the store and opens it anew on what it kept. */
  reopen(): Promise<Store>;
  /** Closes and removes everything. */
  remove(): Promise<void>;
}

export type OpenFixture = () => Promise<Fixture>;

export function conformance(name: string, open: OpenFixture): void {
  describe(`store conformance of ${name}`, () => {
    tableConformance(open);
    stateConformance(open);
    logConformance(open);
    modelConformance(open);
    logModelConformance(open);
  });
}
