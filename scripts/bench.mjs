// `npm run bench`: every file of bench/, or those named (`npm run bench -- first-answer`), one after the other. Soaks and
// surveys take long and run only when they are named. From the first option on (`-- call-price --node 26`) all is theirs.
import { existsSync, readdirSync } from 'node:fs';
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

const there = existsSync(join(root, 'bench'))
  ? readdirSync(join(root, 'bench'))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.slice(0, -'.ts'.length))
      .sort()
  : [];
const words = process.argv.slice(2);
const firstOption = words.findIndex((word) => word.startsWith('-'));
const wanted = firstOption < 0 ? words : words.slice(0, firstOption);
const options = firstOption < 0 ? [] : words.slice(firstOption);
const unknown = wanted.filter((name) => !there.includes(name));
if (unknown.length > 0 || there.length === 0) {
  log(`no bench is named ${unknown.join(', ')}; there are: ${there.join(', ') || 'none'}`);
  process.exit(1);
}

for (const name of wanted.length > 0 ? wanted : there.filter((name) => !/-(soak|survey)$/.test(name))) {
  log(`bench ${name} ...`);
  const code = await run(process.execPath, [
    '--enable-source-maps',
    join(root, 'build', 'bench', `${name}.js`),
    ...options,
  ]);
  if (code !== 0) process.exitCode = code;
}
