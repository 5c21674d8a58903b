/** The floor of the heartbeat bench: node:http that reads a POST to its end and answers as many bytes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [size = '0'] = process.argv.slice(2);
const answer = Buffer.alloc(Number(size), 'x');
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    response.writeHead(200, [
      'content-type',
      'application/x-protobuf',
      'content-length',
      String(answer.length),
    ]);
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
process.on('disconnect', () => process.exit());
