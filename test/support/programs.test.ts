import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAlive, listeningPorts, programNames, programNodes, startProgram } from './index.js';

describe('programs nobody here wrote', () => {
  for (const name of programNames) {
    for (const node of programNodes(name)) {
      it(`${name} starts, answers and ends on Node ${node}`, async (t) => {
        const { target, port } = await startProgram(name, { node, test: t });
        assert.ok(listeningPorts(target.pid).includes(port), 'it is this very process that listens');
        await target.stop();
        assert.equal(isAlive(target.pid), false);
      });
    }
  }
});
