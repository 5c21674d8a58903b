// Keeps small objects, about so many megabytes of them: `heap.cjs [MB]`, one by default.
const http = require('node:http');

class Entry {
  constructor(number) {
    this.number = number;
    this.next = { of: number, half: number / 2 };
    this.name = `entry ${number}`;
  }
}

const kept = [];
const wanted = Number(process.argv[2] ?? 1) * 1024 * 1024;
while (process.memoryUsage().heapUsed < wanted || kept.length === 0) {
  for (let count = 0; count < 1000; count += 1) kept.push(new Entry(kept.length));
}
const server = http.createServer((_request, response) => response.end(String(kept.length)));
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
