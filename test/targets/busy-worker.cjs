// Two worker threads: `busy` computes without end, `idle` waits. The main thread waits.
const http = require('node:http');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');

function spinHere(turns) {
  let sum = 0;
  for (let turn = 0; turn < turns; turn += 1) sum += Math.sqrt(turn);
  return sum;
}

class Cruncher {
  crunchForEver() {
    for (;;) this.last = spinHere(1_000_000);
  }
}

if (isMainThread) {
  const workers = ['busy', 'idle'].map((name) => new Worker(__filename, { name, workerData: name }));
  const server = http.createServer((_request, response) => response.end(`${workers.length} workers\n`));
  server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
} else if (workerData === 'busy') {
  new Cruncher().crunchForEver();
} else {
  parentPort.on('message', () => {});
}
