import Fastify from 'fastify';

const app = Fastify();
let visits = 0;

async function countVisit() {
  visits += 1;
  return visits;
}

app.addHook('onRequest', async (request) => {
  request.visit = await countVisit();
});
app.get('/', async (request) => ({ program: 'fastify', visit: request.visit }));
app.get('/square/:n', async (request) => ({ square: Number(request.params.n) ** 2 }));

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
console.log(`ready ${app.server.address().port}`);
