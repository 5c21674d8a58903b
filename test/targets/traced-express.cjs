// An express application with a planted slow callee, which it also measures itself.
const express = require('express');
const { setTimeout: sleep } = require('node:timers/promises');

const figures = [];
const users = new Map([['eve', { name: 'eve', orders: 3 }]]);

function note(name, since) {
  const nanoseconds = Number(process.hrtime.bigint() - since);
  figures.push({ at: Date.now(), name, nanoseconds });
}

function findUser(name) {
  return users.get(name);
}

async function readOrders(user) {
  await sleep(30);
  return Array.from({ length: user.orders }, (_, index) => ({ index }));
}

/** Planted fault: keeps the processor busy for 40 ms. */
function renderReport(orders) {
  const until = performance.now() + 40;
  while (performance.now() < until);
  return orders.map(({ index }) => `order ${index}`).join('\n');
}

async function report(request, response) {
  const started = process.hrtime.bigint();
  const user = findUser(request.params.user);
  if (!user) throw new Error(`nobody is called ${request.params.user}`);
  const beforeRead = process.hrtime.bigint();
  const orders = await readOrders(user);
  note('readOrders', beforeRead);
  const beforeRender = process.hrtime.bigint();
  const text = renderReport(orders);
  note('renderReport', beforeRender);
  response.send(text);
  note('report', started);
}

const app = express();
app.get('/report/:user', report);
app.get('/noted', (_request, response) => response.json(figures));
app.use((error, _request, response, _next) => response.status(500).send(error.message));

const server = app.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
