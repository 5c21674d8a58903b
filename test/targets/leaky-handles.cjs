// Gathers handles: timers, sockets, listeners and file watchers, one of each every 100 ms, up to LIMIT of each.
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');

const LIMIT = 100;
const kept = { timers: [], sockets: [], listeners: 0, watchers: [] };
const bus = new EventEmitter().setMaxListeners(0);

function leakTimer() {
  kept.timers.push(setTimeout(() => {}, 3_600_000));
}

function leakSocket(port) {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  kept.sockets.push(socket);
}

function leakListener() {
  bus.on('change', () => kept.listeners);
  kept.listeners += 1;
}

function leakWatcher() {
  kept.watchers.push(fs.watch(__dirname, () => {}));
}

// A plain TCP server: an HTTP server would end idle sockets by its own time-outs.
const sink = net.createServer((socket) => socket.on('error', () => {}));
const server = http.createServer((_request, response) => {
  response.end(
    JSON.stringify({
      timers: kept.timers.length,
      sockets: kept.sockets.length,
      listeners: bus.listenerCount('change'),
      watchers: kept.watchers.length,
    }),
  );
});

sink.listen(0, '127.0.0.1', () => {
  server.listen(0, '127.0.0.1', () => {
    console.log(`ready ${server.address().port}`);
    const leaking = setInterval(() => {
      leakTimer();
      leakSocket(sink.address().port);
      leakListener();
      leakWatcher();
      if (kept.timers.length >= LIMIT) clearInterval(leaking);
    }, 100);
  });
});
