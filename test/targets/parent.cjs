// A program with a Node child that it forked, IPC channel open, and that it restarts when the child goes.
const { fork } = require('node:child_process');
const http = require('node:http');

if (process.argv[2] === 'child') {
  process.on('message', (message) => process.send({ echo: message, pid: process.pid }));
} else {
  let child;
  let answers = 0;
  const start = () => {
    child = fork(__filename, ['child']);
    console.log(`child ${child.pid}`);
    child.on('message', () => {
      answers += 1;
    });
    child.on('exit', () => setTimeout(start, 100));
  };
  start();
  setInterval(() => child.connected && child.send('hello'), 100);
  const server = http.createServer((_request, response) => response.end(`${child.pid} ${answers}\n`));
  server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
}
