// Functions that call each other in an order never seen before: almost every sample of a profiler is a new deep stack,
// and a profile of some seconds is hundreds of megabytes of JSON.
const http = require('node:http');

const FUNCTIONS = 12;
const DEPTH = 200;
const functions = [];
let kept = [];

function leaf() {
  kept.push({ at: kept.length, text: [1, 2, 3] });
  if (kept.length > 5000) kept = [];
  return 1;
}

for (let index = 0; index < FUNCTIONS; index += 1) {
  functions.push(
    new Function(
      'functions',
      'leaf',
      'depth',
      'seed',
      `if (depth <= 0) return leaf();
const next = (seed * 1103515245 + 12345) >>> 0;
const held = { depth, seed };
return functions[(next >>> 16) % ${FUNCTIONS}](functions, leaf, depth - 1, next) + (held.depth > 1e9 ? 1 : 0)
//# sourceURL=/srv/app/node_modules/a-package-with-a-long-name/dist/lib/internal/deep/file${index}.js`,
    ),
  );
}

setInterval(() => {
  const until = performance.now() + 40;
  let seed = (Math.random() * 4e9) >>> 0;
  while (performance.now() < until) {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    functions[(seed >>> 16) % FUNCTIONS](functions, leaf, DEPTH, seed);
  }
}, 50);

const server = http.createServer((_request, response) => response.end('still here'));
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
