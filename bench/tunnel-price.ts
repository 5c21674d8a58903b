/**
 * What a call costs that `tt` keeps, in turns with one that `watch` reports (arguments and result) and with the plain function;
 * and what a hit of `line` costs, captured and not, beside the price that it told at its install. No budget, no rate: every call
 * is recorded. `--node 22` chooses the target's Node.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setLimit } from '../src/base/index.js';
import { compileLineExpression, forCalls } from '../src/diagnose/expression/index.js';
import { findLines, tunnelOf } from '../src/target/index.js';
import { HotBench, HotTarget, lineOfPrice, NO_BUDGET, nodeOfArguments } from './support/hotTarget.js';
import { median, ratioInterval } from './support/statistics.js';

const ROUNDS = 15;
/** Their records fit the ring. */
const TIMES = 2000;
const LINE_TIMES = 1000;
const DRAIN_MS = 150;
const EVERY = 1_000_000_000;
const LINE_LIMITS = { depth: 2, items: 10, string: 100, bytes: 2000, time: 20 };

setLimit(`line-hits=${EVERY}`);
const node = nodeOfArguments();
const bench = await HotBench.open(await HotTarget.start(node));
await bench.instruments.setBudget(NO_BUDGET);
const tunnel = tunnelOf(bench.target);
await tunnel.open();
for (let i = 0; i < 3; i += 1) await bench.hot.price(200_000);

/** Nanoseconds of a call, of many short runs that each fit the ring. */
async function priced(times: number): Promise<number> {
  const all: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    all.push(await bench.hot.price(times));
    await sleep(DRAIN_MS);
  }
  return median(all);
}

const plain: number[] = [];
const watch: number[] = [];
const tt: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  plain.push(await bench.hot.price(200_000));
  for (const [kind, figures] of [
    ['watch', watch],
    ['tt', tt],
  ] as const) {
    const express = kind === 'watch' ? '[params, returnObj]' : undefined;
    const observation = await bench.observe({ kind, express, points: ['finish'], rate: EVERY });
    await priced(TIMES);
    figures.push(await priced(TIMES));
    await bench.end(observation);
  }
}
const state = await tunnel.state();
await tunnel.clear();

const quiet: number[] = [];
const captured: number[] = [];
const atInstall: number[] = [];
const afterHits: number[] = [];
const { places } = await findLines(
  bench.target,
  {
    pattern: { module: 'hot.cjs', name: 'price', regex: false },
    lines: [lineOfPrice()],
    isNamed: true,
    wanted: new Set(),
  },
  { most: 1 },
);
const names = new Set(places.flatMap(({ line }) => line?.names.map(({ name }) => name) ?? []));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [rate, figures] of [
    [1, quiet],
    [EVERY, captured],
  ] as const) {
    const observation = await bench.instruments.observe(places, {
      kind: 'line',
      points: [],
      express: forCalls(compileLineExpression('[params, localVarMap]', names), []),
      limits: LINE_LIMITS,
      hits: 0,
      rate,
      frames: 0,
      holder: 'bench',
    });
    void (async () => {
      for await (const _ of observation.events);
    })();
    const told = () => observation.functions[0]?.report.price?.hitNs ?? Number.NaN;
    atInstall.push(told());
    figures.push(await bench.hot.ownPrice(LINE_TIMES));
    await sleep(DRAIN_MS);
    afterHits.push(told());
    await observation.end();
  }
}

const show = (values: readonly number[], by: readonly number[]) => {
  const { low, mid, high } = ratioInterval(values.map((value, at) => value / (by[at] ?? 1)));
  return `${mid.toFixed(2)}x, 95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}`;
};
/** Of the rounds in which nothing was captured. */
const even = (values: readonly number[]) => values.filter((_, at) => at % 2 === 0);
const us = (values: readonly number[]) => (median(values) / 1000).toFixed(2);
console.log(`price of a record, Node ${node}, ${ROUNDS} rounds: plain ${median(plain).toFixed(1)} ns`);
console.log(`  watch, arguments and result reported: ${us(watch)} us`);
console.log(`  tt, the same kept: ${us(tt)} us; over watch ${show(tt, watch)}`);
console.log(
  `  kept at the end: ${state.count} records, counted as ${(state.bytes / state.count).toFixed(0)} bytes each; ${state.evicted.records} had to go`,
);
console.log(
  `  line, a hit in time of the processor, not captured: ${us(quiet)} us; captured: ${us(captured)} us`,
);
console.log(
  `  line, told at the install: ${us(atInstall)} us, after ${LINE_TIMES} hits: ${us(afterHits)} us; not captured, measured over told at the install ${show(quiet, even(atInstall))}, over told after the hits ${show(quiet, even(afterHits))}`,
);
await bench.close();
process.exit(0);
