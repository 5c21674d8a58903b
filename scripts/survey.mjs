// `npm run survey -- --node 22`: bench/reach-survey.ts.
import { join } from 'node:path';
import { run } from './child.mjs';
import { fetchNodes } from './nodes.mjs';
import { orExplain, prepare, root } from './prepare.mjs';

await orExplain(async () => {
  await prepare();
  fetchNodes();
});

process.exitCode = await run(process.execPath, [
  '--enable-source-maps',
  join(root, 'build', 'bench', 'reach-survey.js'),
  ...process.argv.slice(2),
]);
