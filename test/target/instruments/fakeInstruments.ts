/** The registry of a target without a process, for what it decides by itself; registry.test.ts has real processes. */
import { after } from 'node:test';
import {
  type FunctionPattern,
  instrumentsOf,
  type Observation,
  type ObservationEvent,
  type ObserveRequest,
} from '../../../src/target/index.js';
import { FakeTarget } from './fakeTarget.js';

/** A real target's socket keeps the process alive; a fake has none. */
const alive = setInterval(() => undefined, 1000);
after(() => clearInterval(alive));

export const CART = `
class Cart { total() { refund() } add() {} static of() {} constructor() {} }
function checkout() {} const refund = () => 1;
module.exports = { Cart, checkout, refund };
`;
const FILES = [
  { path: '/srv/app/cart.js', text: CART },
  { path: '/srv/app/node_modules/pay/index.js', text: 'exports.pay = function pay() {};' },
  { path: '/srv/app/node_modules/shop/node_modules/pay/index.js', text: 'exports.pay = function pay() { };' },
  { path: '/srv/app/old/cart.js', text: 'function checkout() {}' },
];
export const WATCH: ObserveRequest = {
  kind: 'watch',
  points: ['finish'],
  limits: { depth: 1 } as ObserveRequest['limits'],
  hits: 0,
  holder: 'watch (job 1)',
};

export function start(channel: 'worker' | 'cdp' = 'worker') {
  const target = new FakeTarget(FILES, channel);
  const instruments = instrumentsOf(target);
  const find = (module: string, name: string, more: Partial<FunctionPattern> = {}) =>
    instruments.find({ module, name, regex: false, ...more }, { most: 50 });
  return { target, instruments, find };
}

/** Takes events as they come, in the background. */
export function heard(observation: Observation): ObservationEvent[] {
  const events: ObservationEvent[] = [];
  void (async () => {
    for await (const event of observation.events) events.push(event);
  })();
  return events;
}

export function limit(t: { after(fn: () => void): void }, which: { value: number }, value: number): void {
  const before = which.value;
  which.value = value;
  t.after(() => {
    which.value = before;
  });
}
