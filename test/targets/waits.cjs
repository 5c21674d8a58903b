// Idle, but not without reason: it waits for an answer of another server, which takes its time.
const http = require('node:http');

const slow = http.createServer((_request, response) => setTimeout(() => response.end('late'), 60_000));
slow.listen(0, '127.0.0.1', () => {
  const upstream = slow.address().port;
  http.get({ host: '127.0.0.1', port: upstream }, (response) => response.resume());
  const server = http.createServer((_request, response) => response.end(String(upstream)));
  server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
});
