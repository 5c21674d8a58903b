// Has its own use for SIGUSR1: whoever signals it does not open an inspector but changes what the program does.
// `removed`: the handler was there and is gone, so that the signal would kill. `once`: gone after the first signal.
const http = require('node:http');

let signals = 0;

function onSignal() {
  signals += 1;
  console.log(`SIGUSR1 ${signals}`);
}

const mode = process.argv[2] ?? 'on';
if (mode === 'once') process.once('SIGUSR1', onSignal);
else process.on('SIGUSR1', onSignal);
if (mode === 'removed') process.removeListener('SIGUSR1', onSignal);

const server = http.createServer((_request, response) => response.end(`${signals}\n`));
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
