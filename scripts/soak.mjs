// `npm run soak -- --node 22 --minutes 10`: bench/instrument-soak.ts, which appends a line to docs/soak.md.
import { join } from 'node:path';
import { run } from './child.mjs';
import { fetchNodes } from './nodes.mjs';
import { log, orExplain, prepare, root } from './prepare.mjs';
import { buildTargets } from './targets.mjs';

await orExplain(async () => {
  await prepare();
  await buildTargets({ log });
  fetchNodes();
});

process.exitCode = await run(process.execPath, [
  '--enable-source-maps',
  join(root, 'build', 'bench', 'instrument-soak.js'),
  '--append',
  join(root, 'docs', 'soak.md'),
  ...process.argv.slice(2),
]);
