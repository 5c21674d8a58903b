/**
 * `npm run survey`: of the functions that run in express, fastify, node-red and vite (a bundled program) under a load, how
 * many are observable, and why the others are not. Aim: 90 %. `--node 22 --program express`.
 */
import { parseArgs } from 'node:util';
import { surveyed } from '../test/e2e/reach/loads.js';
import { survey, surveyText } from '../test/e2e/reach/survey.js';
import { nodeMajors } from '../test/support/index.js';

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: '22' },
    program: { type: 'string', multiple: true },
    examples: { type: 'string', default: '3' },
  },
});
const node = nodeMajors.find((major) => major === Number(values.node)) ?? 22;
let fine = true;
for (const name of surveyed) {
  if (values.program && !values.program.includes(name)) continue;
  const cleanUp: (() => Promise<void> | void)[] = [];
  const found = await survey({ after: (fn) => void cleanUp.push(fn) }, name, { node });
  console.log(surveyText(found, Number(values.examples)));
  fine &&= found.seen / found.ran >= 0.9;
  for (const step of cleanUp.reverse()) await step();
}
process.exit(fine ? 0 : 1);
