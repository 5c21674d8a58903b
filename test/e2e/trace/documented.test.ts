/** The example of docs/diagnose.md, run: all but the figures is what the page says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { PLAIN_STYLE, renderResult } from '../../../src/diagnose/index.js';
import { hits, statusOf } from '../../diagnose/instruments/support/observed.js';
import { traced } from '../../diagnose/instruments/support/traced.js';
import { projectRoot } from '../../support/index.js';
import { slowShop } from './shop.js';

/** A tree without what differs from run to run. */
function shape(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^ *[└├│]/.test(line))
    .map((line) => line.replace(/\d+\.\d+/g, 'N'));
}

it('the trace that the guide shows', async (t) => {
  const page = readFileSync(join(projectRoot, 'docs', 'diagnose.md'), 'utf8');
  const [, command, shown] = /\$ remora exec shop "(trace [^"]*)"\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(command && shown, 'the page has an example of trace');
  const shop = await slowShop(t);
  const results = await traced(shop, command, () => shop.order());
  assert.equal(statusOf(results).statusCode, 0, JSON.stringify(results));
  const [hit] = hits(results, 'trace');
  const text = renderResult(hit as never, PLAIN_STYLE, 100) ?? '';
  assert.ok(shape(shown).length > 5, shown);
  assert.deepEqual(shape(text), shape(shown), text);
});
