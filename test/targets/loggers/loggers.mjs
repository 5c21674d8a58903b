// The same libraries as an ES module has them: nothing of ours is exported, all is in the module's own variables.
import bunyan from 'bunyan';
import debug from 'debug';
import log4js from 'log4js';
import pino from 'pino';
import winston from 'winston';

const shop = pino({ name: 'shop', level: 'info' }, { write: (line) => process.stdout.write(line) });
const billing = winston.createLogger({
  level: 'info',
  defaultMeta: { service: 'billing' },
  transports: [new winston.transports.Console()],
});
const stock = bunyan.createLogger({ name: 'stock', level: 'info', stream: process.stdout });
log4js.configure({
  appenders: { out: { type: 'stdout' } },
  categories: { default: { appenders: ['out'], level: 'info' } },
});
const cart = log4js.getLogger('cart');
const trace = debug('shop:trace');

process.stdin.setEncoding('utf8');
process.stdin.on('data', () => {
  shop.debug('shop says debug');
  billing.debug('billing says debug');
  stock.debug('stock says debug');
  cart.debug('cart says debug');
  trace('trace says debug');
  process.stdout.write('logged\n');
});
process.stdout.write('ready\n');
