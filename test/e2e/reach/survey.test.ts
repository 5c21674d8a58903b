import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeMajors } from '../../support/index.js';
import { survey, surveyText } from './survey.js';

/** `npm run survey` does the whole of it, over more programs. */
const MOST = 30;
const AIM = 0.9;

describe('functions of unprepared programs', { concurrency: 2 }, () => {
  for (const [name, node] of [
    ['express', nodeMajors[0]],
    ['fastify', 24],
  ] as const) {
    it(`nine in ten that run in ${name} are observable (a sample)`, async (t) => {
      const found = await survey(t, name, { node, most: MOST });
      t.diagnostic(surveyText(found));
      assert.ok(found.ran >= 20, `${found.ran} functions ran`);
      assert.ok(found.seen / found.ran >= AIM, surveyText(found));
    });
  }
});
