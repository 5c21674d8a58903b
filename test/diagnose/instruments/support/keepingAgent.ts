/**
 * An agent that keeps calls and looks at a line until it is killed: `node keepingAgent.js PID FOLDER`. Told `rest`, it
 * does what Ctrl-Z does.
 */
import { setLimit } from '../../../../src/base/index.js';
import { findLines, instrumentsOf, Targets, tunnelOf } from '../../../../src/target/index.js';

const [pid = '', folder = ''] = process.argv.slice(2);
const LIMITS = { depth: 1, items: 10, string: 100, bytes: 4000, time: 10 };

setLimit('probe-heartbeat=1500');
const target = await new Targets({ folder, owner: 'an agent that is killed' }).attach(pid);
const instruments = instrumentsOf(target);
const found = await instruments.find(
  { module: 'observed.cjs', name: 'api.later', regex: false },
  { most: 1 },
);
await tunnelOf(target).open();
const kept = await instruments.observe(found, {
  kind: 'tt',
  points: ['finish'],
  limits: LIMITS,
  hits: 1000,
  holder: 'test',
});
const pattern = { module: 'observed.cjs', name: 'Cart.add', regex: false };
const { places } = await findLines(
  target,
  { pattern, lines: [15], isNamed: true, wanted: new Set() },
  { most: 1 },
);
const looked = await instruments.observe(places, {
  kind: 'line',
  points: [],
  limits: LIMITS,
  hits: 1000,
  holder: 'test',
});
process.on('message', async () => {
  await kept.rest();
  await looked.rest();
  process.send?.('resting');
});
process.send?.('observing');
setInterval(() => undefined, 1000);
