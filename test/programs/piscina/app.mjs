import { createServer } from 'node:http';
import { Piscina } from 'piscina';

const pool = new Piscina({
  filename: new URL('./task.mjs', import.meta.url).href,
  minThreads: 2,
  maxThreads: 2,
});

async function compute(n) {
  return pool.run({ n });
}

const server = createServer(async (request, response) => {
  const n = Number(new URL(request.url, 'http://program').searchParams.get('n') ?? 20);
  response.end(JSON.stringify({ n, value: await compute(Math.min(n, 30)), threads: pool.threads.length }));
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`ready ${server.address().port}`));
setInterval(() => compute(15), 100);
