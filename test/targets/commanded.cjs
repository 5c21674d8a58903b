// Evaluates each line that comes on its standard input.
const http = require('node:http');
const readline = require('node:readline');

const server = http.createServer((_request, response) => response.end('hello\n'));
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  // biome-ignore lint/security/noGlobalEval: a test steers this program line by line, and a line may use `server`.
  eval(line);
});
