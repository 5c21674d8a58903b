// Many overlapping async chains: some sixty roots a second, each across timers, promises and a queue.
const { AsyncLocalStorage } = require('node:async_hooks');
const { EventEmitter, once } = require('node:events');
const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');

const storage = new AsyncLocalStorage();
const bus = new EventEmitter().setMaxListeners(0);
const totals = { started: 0, finished: 0, failed: 0 };

async function loadUser(id) {
  await sleep(2);
  return { id, name: `user-${id}` };
}

async function loadOrders(user) {
  await sleep(user.id % 10 === 0 ? 40 : 4);
  return [1, 2, 3].map((number) => ({ number, user: user.id }));
}

function price(order) {
  if (order.user % 25 === 0 && order.number === 3)
    throw new Error(`no price for order 3 of user ${order.user}`);
  return order.number * 10;
}

async function notify(user) {
  const answered = once(bus, `seen-${user.id}`);
  setImmediate(() => bus.emit(`seen-${user.id}`, storage.getStore()?.id));
  const [seen] = await answered;
  return seen === user.id;
}

async function handle(id) {
  totals.started += 1;
  return storage.run({ id }, async () => {
    const user = await loadUser(id);
    const [orders] = await Promise.all([loadOrders(user), notify(user)]);
    return orders.map(price).reduce((sum, next) => sum + next, 0);
  });
}

let next = 0;
setInterval(() => {
  for (let i = 0; i < 3; i += 1) {
    next = (next % 1000) + 1;
    handle(next).then(
      () => {
        totals.finished += 1;
      },
      () => {
        totals.failed += 1;
      },
    );
  }
}, 50);

const server = http.createServer(async (request, response) => {
  const id = Number(new URL(request.url, 'http://target').searchParams.get('id') ?? 0);
  if (!id) return response.end(JSON.stringify(totals));
  const total = await handle(id).catch((error) => error.message);
  response.end(`${total}\n`);
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
