/** Requests and answers of watch, monitor, stack and trace, field by field, on each Node. */
import { describe, it } from 'node:test';
import { nodeMajors } from '../../support/index.js';
import { live } from '../support/liveSession.js';

describe('transcripts', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`watch, monitor, stack, reset on Node ${node}`, async (t) => {
      const at = await live(t, node, { file: 'observed.cjs' });
      await at.play('observe-');
    });

    it(`trace on Node ${node}`, async (t) => {
      const at = await live(t, node, { file: 'traced.cjs' });
      await at.play('trace-');
    });
  }
});
