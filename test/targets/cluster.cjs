// A cluster: the primary and two workers, which share one port.
const cluster = require('node:cluster');
const http = require('node:http');

if (cluster.isPrimary) {
  const wanted = Number(process.argv[2] ?? 2);
  let listening = 0;
  cluster.on('listening', (worker, address) => {
    listening += 1;
    console.log(`worker ${worker.process.pid}`);
    if (listening === wanted) console.log(`ready ${address.port}`);
  });
  for (let i = 0; i < wanted; i += 1) cluster.fork();
} else {
  http.createServer((_request, response) => response.end(`${process.pid}\n`)).listen(0, '127.0.0.1');
}
