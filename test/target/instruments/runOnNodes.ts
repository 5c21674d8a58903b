import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nodeBinary, nodeMajors } from '../../support/index.js';

const run = promisify(execFile);

/** One process per Node major runs the cases of a file beside this one; each is a test here. */
export function casesOnNodes(title: string, file: string, nodeArgs: readonly string[] = []): void {
  const path = fileURLToPath(new URL(file, import.meta.url));
  describe(title, { concurrency: 4 }, () => {
    for (const node of nodeMajors) {
      it(`on Node ${node}`, { timeout: 60_000 }, async (t) => {
        const { stdout } = await run(nodeBinary(node), [...nodeArgs, path], {
          timeout: 50_000,
          maxBuffer: 2 ** 26,
        });
        const lines = stdout.trim().split('\n');
        assert.equal(lines.pop(), 'done', `the program ended early:\n${stdout.slice(-2000)}`);
        assert.ok(lines.length > 0);
        for (const line of lines) {
          const { name, failed } = JSON.parse(line) as { name: string; failed?: string };
          await t.test(name, () => {
            if (failed !== undefined) assert.fail(failed);
          });
        }
      });
    }
  });
}
