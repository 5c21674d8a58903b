// `npm start`: installs and builds what is missing, then `remora up --with-shop`. Arguments are passed on.
import { join } from 'node:path';
import { run } from './child.mjs';
import { orExplain, prepare, root } from './prepare.mjs';

await orExplain(prepare);
const main = join(root, 'build', 'src', 'main.js');
process.exitCode = await run(process.execPath, [main, 'up', '--with-shop', ...process.argv.slice(2)]);
