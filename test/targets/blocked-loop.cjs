// Blocks its main thread on demand: `--variant=tight --seconds=2 --after=500`, or the same as a line on stdin,
// `block tight 2`. Says `blocked VARIANT` before and `unblocked VARIANT MS` after.
const { execFileSync } = require('node:child_process');
const crypto = require('node:crypto');
const http = require('node:http');
const readline = require('node:readline');

/** No variant blocks longer, whatever is asked: a forgotten target must come to an end. */
const LONGEST_SECONDS = 60;

function blockTight(ms) {
  const end = Date.now() + ms;
  let turns = 0;
  while (Date.now() < end) turns += 1;
  return turns;
}

function blockRegex(ms) {
  const end = Date.now() + ms;
  // Each further letter doubles the time, so the last match takes about half of all of it.
  for (let length = 20; Date.now() < end; length += 1) matchEvil(`${'a'.repeat(length)}!`);
}

function matchEvil(text) {
  return /^(a+)+$/.test(text);
}

function blockAtomics(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function blockMicrotasks(ms) {
  const end = Date.now() + ms;
  while (Date.now() < end) await null;
}

function blockExec(ms) {
  execFileSync('sleep', [String(ms / 1000)]);
}

function blockPbkdf2(ms) {
  const sample = 10_000;
  let perMs = 0;
  // The quickest of several: one that another process held up would make the block too short.
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    crypto.pbkdf2Sync('password', 'salt', sample, 32, 'sha256');
    perMs = Math.max(perMs, sample / (performance.now() - start));
  }
  crypto.pbkdf2Sync('password', 'salt', Math.ceil(perMs * ms), 32, 'sha256');
}

const variants = {
  tight: blockTight,
  regex: blockRegex,
  atomics: blockAtomics,
  microtasks: blockMicrotasks,
  exec: blockExec,
  pbkdf2: blockPbkdf2,
};

async function block(variant, seconds) {
  const run = variants[variant];
  if (!run) {
    console.log(`unknown variant ${variant}: ${Object.keys(variants).join(' ')}`);
    return;
  }
  console.log(`blocked ${variant}`);
  const start = Date.now();
  await run(Math.min(seconds, LONGEST_SECONDS) * 1000);
  console.log(`unblocked ${variant} ${Date.now() - start}`);
}

function option(name, fallback) {
  const text = process.argv.find((word) => word.startsWith(`--${name}=`));
  return text === undefined ? fallback : text.slice(name.length + 3);
}

const server = http.createServer((_request, response) => response.end('free\n'));
server.listen(0, '127.0.0.1', () => {
  console.log(`ready ${server.address().port}`);
  const variant = option('variant');
  if (variant) setTimeout(block, Number(option('after', '200')), variant, Number(option('seconds', '2')));
});

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [word, variant, seconds] = line.trim().split(/\s+/);
  if (word === 'block') block(variant, Number(seconds ?? 2));
});
