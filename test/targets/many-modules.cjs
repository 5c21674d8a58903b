// Loads some thousand functions from several hundred modules (generated into dist/ by scripts/targets.mjs).
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const folder = path.join(__dirname, 'dist', 'many-modules');
const modules = fs
  .readdirSync(folder)
  .filter((name) => name.endsWith('.cjs'))
  .map((name) => require(path.join(folder, name)));

let turn = 0;
setInterval(() => {
  turn += 1;
  modules[turn % modules.length].entry(turn);
}, 20);

const server = http.createServer((_request, response) => response.end(`${modules.length}\n`));
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
