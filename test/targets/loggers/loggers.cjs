// One logger of each library, some exported, some held by closures only; on 'log' each says something on debug.
const bunyan = require('bunyan');
const debug = require('debug');
const log4js = require('log4js');
const pino = require('pino');
const winston = require('winston');

const sink = { write: (line) => process.stdout.write(line) };
const shop = pino({ name: 'shop', level: 'info' }, sink);
const child = shop.child({ module: 'orders' });
const stubborn = shop.child({ module: 'stubborn' }, { level: 'warn' });

const billing = winston.createLogger({
  level: 'info',
  defaultMeta: { service: 'billing' },
  transports: [
    new winston.transports.Console(),
    new winston.transports.File({ filename: process.argv[2], level: 'error' }),
  ],
});
winston.loggers.add('mail', { level: 'warn', transports: [new winston.transports.Console()] });

const stock = bunyan.createLogger({ name: 'stock', level: 'info', stream: process.stdout });
const stockChild = stock.child({ component: 'shelf' });

log4js.configure({
  appenders: { out: { type: 'stdout' } },
  categories: {
    default: { appenders: ['out'], level: 'info' },
    cart: { appenders: ['out'], level: 'error' },
  },
});
const cart = log4js.getLogger('cart');

const trace = debug('shop:trace');

// Nothing but this closure holds it.
const hidden = (() => {
  const logger = pino({ name: 'hidden', level: 'info' }, sink);
  return () => logger.debug('hidden says debug');
})();

process.stdin.setEncoding('utf8');
process.stdin.on('data', () => {
  shop.debug('shop says debug');
  child.debug('child says debug');
  stubborn.debug('stubborn says debug');
  billing.debug('billing says debug');
  stock.debug('stock says debug');
  stockChild.debug('stock child says debug');
  cart.debug('cart says debug');
  trace('trace says debug');
  hidden();
  process.stdout.write('logged\n');
});
process.stdout.write('ready\n');
