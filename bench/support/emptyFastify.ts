/** The floor of the request bench: an empty Fastify JSON POST. */
import { fastify } from 'fastify';

const app = fastify();
app.post('/api', async () => ({ state: 'SUCCEEDED' }));
console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
process.on('disconnect', () => process.exit());
