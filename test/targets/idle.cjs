// An idle HTTP server: nothing runs unless somebody asks.
const http = require('node:http');

let requests = 0;

function hello(_request, response) {
  requests += 1;
  response.end(`hello ${requests}\n`);
}

const server = http.createServer(hello);
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
