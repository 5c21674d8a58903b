// A pool of worker threads with steady work: `workers.cjs [COUNT]`, two by default.
const http = require('node:http');
const { isMainThread, parentPort, threadId, Worker } = require('node:worker_threads');

function primesBelow(limit) {
  const found = [];
  for (let candidate = 2; candidate < limit; candidate += 1) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  }
  return found.length;
}

class Pool {
  constructor(count) {
    this.done = 0;
    this.workers = Array.from({ length: count }, (_, index) => this.start(index));
  }

  start(index) {
    const worker = new Worker(__filename, { name: `pool-${index}` });
    worker.on('message', (answer) => this.settle(answer));
    return worker;
  }

  settle(answer) {
    this.done += 1;
    this.last = answer;
  }

  dispatch(task) {
    this.workers[task % this.workers.length].postMessage({ task, limit: 300 });
  }
}

if (isMainThread) {
  const pool = new Pool(Number(process.argv[2] ?? 2));
  let task = 0;
  setInterval(() => pool.dispatch(task++), 20);
  const server = http.createServer((_request, response) => {
    response.end(JSON.stringify({ done: pool.done, last: pool.last }));
  });
  server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
} else {
  parentPort.on('message', ({ task, limit }) => {
    parentPort.postMessage({ task, threadId, primes: primesBelow(limit) });
  });
}
