// A server whose answers are computed by functions that a test replaces while it is under load.
const { createServer } = require('node:http');

const rate = 3;

function priced(n) {
  return { v: 1, n, cents: n * rate };
}

class Desk {
  #calls = 0;

  async answer(n) {
    this.#calls += 1;
    await null;
    return priced(n);
  }
}

const desk = new Desk();
const server = createServer(async (request, response) => {
  const n = Number(new URL(request.url, 'http://x').searchParams.get('n'));
  response.end(JSON.stringify(await desk.answer(n)));
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
