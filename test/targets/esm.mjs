// An ES module program: named, default and re-exported functions, a live binding, a top-level await.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import greet, { bump, counter, Greeter, shout } from './esm/greeting.mjs';

await sleep(1);

const greeter = new Greeter('esm');

function answer(request) {
  bump();
  const name = new URL(request.url, 'http://target').searchParams.get('name') ?? 'world';
  return { text: shout(greet(name)), from: greeter.sign(name), counter };
}

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer(request)));
});

server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
setInterval(() => answer({ url: '/?name=timer' }), 100);
