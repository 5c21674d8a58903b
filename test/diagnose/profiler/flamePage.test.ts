/** The page of flame graphs in a real browser: what it shows, how it is moved about, and that nothing in it runs but ours. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { OutputFolder, outputRoutes } from '../../../src/diagnose/index.js';
import { flameGraph } from '../../../src/diagnose/profiler/formats/flameGraph.js';
import type { Drawing } from '../../../src/diagnose/profiler/profile.js';
import { start } from '../../http/support.js';
import { temporaryFolder } from '../../target/attach/attaching.js';
import { noChromium, openChromium, type Tab } from './support/chromium.js';
import { drawing, largeTree, type Shape, treeOf } from './support/drawings.js';

const SHOP: Shape = [
  'all',
  '',
  0,
  [
    'handle',
    'node:http',
    1,
    [
      'route',
      '/srv/shop/node_modules/express/lib/router.js',
      2,
      ['Pricing.quote', '/srv/shop/src/pricing.ts', 60, ['round', '/srv/shop/src/money.ts', 7]],
    ],
    ['render', '/srv/shop/src/page.ts', 10, ['Pricing.quote', '/srv/shop/src/pricing.ts', 5]],
  ],
  ['(garbage collector)', '', 15],
];

interface State {
  readonly nodes: number;
  readonly levels: number;
  readonly zoomed: string;
  readonly selected: string;
  readonly matched: string;
  readonly reversed: boolean;
  readonly upside: boolean;
  readonly theme: string;
  readonly pictures: number;
  readonly rectangles: number;
}

const SETTLED =
  'new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 250))';

async function stateOf(tab: Tab): Promise<State> {
  await tab.evaluate(SETTLED);
  return await tab.evaluate<State>('flame.state()');
}

async function shown(t: TestContext, tab: Tab, drawn: Drawing): Promise<State> {
  const file = join(temporaryFolder(t, 'flame'), 'flame.html');
  writeFileSync(file, [...flameGraph(drawn)].join(''));
  await tab.go(`file://${file}`);
  await tab.until("typeof flame === 'object' && flame.state().pictures > 0");
  return await stateOf(tab);
}

/** Where a function is drawn first, in pixels of the page. */
async function placeOf(tab: Tab, name: string): Promise<{ x: number; y: number }> {
  return await tab.evaluate(`(() => {
    const { graph, frames } = flame;
    const box = document.getElementById('graph').getBoundingClientRect();
    const node = graph.tree.frame.findIndex((frame) => frames.name(frame) === ${JSON.stringify(name)});
    const row = graph.upside ? graph.tree.levels.length - 1 - graph.tree.depth[node] : graph.tree.depth[node];
    const all = graph.tree.total[0];
    const missing = graph.upside ? Math.max(0, box.height - graph.tree.levels.length * 19) : 0;
    return { x: box.left + box.width * (graph.tree.start[node] + graph.tree.total[node] / 2) / all, y: box.top + missing + row * 19 + 9 };
  })()`);
}

/** Keeps pictures where somebody wants to look at them. */
async function picture(tab: Tab, name: string): Promise<void> {
  const folder = process.env.REMORA_TEST_PICTURES;
  if (folder) writeFileSync(join(folder, `${name}.png`), await tab.screenshot());
}

describe('the page of a flame graph', { skip: noChromium, timeout: 120_000 }, () => {
  let tab: Tab;
  const endings: (() => Promise<void> | void)[] = [];
  before(async () => {
    tab = await openChromium({ after: (end) => void endings.push(end) });
  });
  after(async () => {
    for (const end of endings) await end();
  });

  it('shows what it was given, zooms, searches, reverses, by mouse and by keys', async (t) => {
    await tab.size(1280, 720);
    await tab.theme('light');
    const first = await shown(t, tab, drawing(treeOf(SHOP)));
    assert.deepEqual([first.nodes, first.levels, first.zoomed, first.theme], [8, 5, 'all', 'light']);
    assert.equal(first.rectangles, 8);
    assert.equal(
      await tab.evaluate("document.getElementById('title').textContent"),
      'CPU time of shop (4242)',
    );
    assert.match(
      await tab.evaluate("document.getElementById('legend').textContent"),
      /application 82\.0 %packages 2\.00 %Node\.js 1\.00 %V8 and native 15\.0 %/,
    );

    await tab.move(...at(await placeOf(tab, 'render')));
    await tab.until("!document.getElementById('tip').hidden");
    assert.match(
      await tab.evaluate("document.getElementById('tip').innerText"),
      /render\n\/srv\/shop\/src\/page\.ts:7\n+total\s+150 ms\s+15\.0 %\nself\s+100 ms\s+10\.0 %/,
    );
    await picture(tab, 'hover');

    await tab.click(...at(await placeOf(tab, 'route')));
    assert.equal((await stateOf(tab)).zoomed, 'route');
    assert.equal(
      await tab.evaluate("document.getElementById('path').innerText.replace(/\\s+/g, ' ')"),
      'all › handle › route',
    );
    await tab.key('Backspace');
    assert.equal((await stateOf(tab)).zoomed, 'handle');
    await tab.key('Escape');
    assert.equal((await stateOf(tab)).zoomed, 'all');

    await tab.key('/');
    await tab.type('quote');
    assert.equal((await stateOf(tab)).matched, '72.0 %', 'of what lies below them, each once');
    await picture(tab, 'search');
    await tab.key('Enter');
    assert.equal((await stateOf(tab)).selected, 'Pricing.quote');
    await tab.evaluate("document.getElementById('search').value = '/^(render|round)$/'");
    await tab.key('Enter');
    assert.equal((await stateOf(tab)).matched, '22.0 %');
    await tab.evaluate("document.getElementById('search').value = '/(/'");
    await tab.key('Enter');
    assert.equal((await stateOf(tab)).matched, 'not a pattern');
    await tab.key('Escape');
    assert.equal((await stateOf(tab)).matched, '');
    await tab.key('Escape');

    await tab.key('r');
    const reversed = await stateOf(tab);
    assert.equal(reversed.reversed, true);
    await tab.click(...at(await placeOf(tab, 'Pricing.quote')));
    assert.equal(
      await tab.evaluate('flame.graph.tree.total[flame.graph.zoomed] / 1e7'),
      65,
      'what it costs by itself, wherever it was called from',
    );
    await picture(tab, 'reversed');
    await tab.key('r');
    await tab.key('i');
    const flipped = await stateOf(tab);
    assert.deepEqual([flipped.reversed, flipped.upside], [false, true]);
    await tab.click(...at(await placeOf(tab, 'render')));
    assert.equal((await stateOf(tab)).zoomed, 'render');
    await tab.key('Escape');
    await tab.key('i');
    await tab.key('ArrowDown');
    await tab.key('ArrowDown');
    await tab.key('ArrowRight');
    assert.equal((await stateOf(tab)).selected, 'render');
    await tab.key('ArrowUp');
    assert.equal((await stateOf(tab)).selected, 'handle');
    await tab.key('Enter');
    assert.equal((await stateOf(tab)).zoomed, 'handle');
    await tab.key('Escape');

    await tab.key('f');
    const rows = await tab.evaluate<string>("document.getElementById('rows').innerText");
    assert.match(rows, /^650 ms\s+65\.0 %\s+720 ms\s+72\.0 %\s+Pricing\.quote/);
    await picture(tab, 'functions');
    await tab.key('t');
    assert.equal((await stateOf(tab)).theme, 'dark');
    await picture(tab, 'dark');
    assert.deepEqual(tab.errors, []);
    assert.deepEqual(tab.requests, [], 'nothing is loaded, nothing is sent');
  });

  it('200,000 functions: drawn by the pixel, found, zoomed and reversed', async (t) => {
    await tab.size(1600, 900);
    const began = await shown(t, tab, drawing(largeTree(200_000)));
    assert.equal(began.nodes, 200_000);
    assert.ok(began.rectangles > 500 && began.rectangles < 1600 * 50, `${began.rectangles} rectangles`);
    await picture(tab, 'large');
    await tab.key('/');
    await tab.type('quoteOrder');
    assert.match((await stateOf(tab)).matched, /^\d[\d.]* %$/);
    await picture(tab, 'large-search');
    await tab.key('Enter');
    const found = await stateOf(tab);
    assert.match(found.selected, /^quoteOrder\d+$/);
    assert.ok(found.pictures > began.pictures);
    await tab.key('Escape');
    await tab.key('Escape');
    await tab.wheel(800, 400, -600, 2);
    await tab.evaluate(SETTLED);
    const zoomed = await stateOf(tab);
    assert.ok(zoomed.pictures > found.pictures && zoomed.rectangles > 500);
    await tab.key('r');
    await tab.until('flame.state().reversed');
    const reversed = await stateOf(tab);
    assert.ok(reversed.nodes > 800, `${reversed.nodes} nodes`);
    await picture(tab, 'large-reversed');
    assert.deepEqual(tab.errors, []);
  });

  it('names are text, whatever they are', async (t) => {
    const nasty = [
      ...[
        '</script><script>globalThis.hacked = 1</script>',
        '<!--<script>',
        ']]>',
        '<img src=x onerror=hacked=1>',
        '\u2028\u2029',
        '%DATA%',
        '%TITLE%',
        '$&$`',
      ],
      ...[
        '"};hacked=1;//',
        "'+hacked+'",
        '\\u003c/script',
        '\u202egnp.exe',
        '__proto__',
        'constructor',
        '\0',
        '',
        'a'.repeat(600),
      ],
    ];
    const names = fc.sample(fc.string({ unit: 'binary', maxLength: 60 }), { seed: 11, numRuns: 200 });
    const all = [...nasty, ...names];
    const root = treeOf([
      'all',
      '',
      0,
      ...all.map((name): Shape => [name, `/srv/${name}`, 3, [name, '', 1]]),
    ]);
    const state = await shown(t, tab, drawing(root, { title: nasty.join(' ') }));
    assert.equal(state.nodes, 1 + 2 * all.length);
    const read = await tab.evaluate<string[]>(
      'Array.from(flame.graph.tree.frame, (frame) => flame.frames.name(frame))',
    );
    for (const name of nasty) if (name !== '') assert.ok(read.includes(name), JSON.stringify(name));
    assert.equal(
      await tab.evaluate("document.getElementById('title').textContent"),
      nasty.join(' ').replaceAll('\0', '\0'),
    );
    for (const key of ['f', 'r', 'f', 'f', 'i']) await tab.key(key);
    await tab.move(640, 150);
    await tab.click(640, 150);
    await stateOf(tab);
    assert.equal(await tab.evaluate('typeof hacked'), 'undefined');
    assert.equal(await tab.evaluate("document.querySelectorAll('script').length"), 2);
    assert.equal(await tab.evaluate("document.querySelectorAll('img').length"), 0);
    assert.deepEqual(tab.errors, []);
    assert.deepEqual(tab.requests, []);
  });

  it('served by the agent it draws, and can call nothing', async (t) => {
    const folder = new OutputFolder(() => join(place, 'output'));
    const place = temporaryFolder(t, 'served');
    const { port } = await start(t, {}, outputRoutes({ folder, allow: ['observe'] }));
    const file = await folder.create('flame.html');
    await file.write([...flameGraph(drawing(treeOf(SHOP)))].join(''));
    await file.close();
    await tab.go(`http://127.0.0.1:${port}/arthas-output/flame.html`);
    await tab.until("typeof flame === 'object' && flame.state().pictures > 0");
    assert.deepEqual(tab.errors, []);
    assert.equal(await tab.evaluate('origin'), 'null', 'an origin of its own');
    const call = (text: string): Promise<string> =>
      tab.evaluate<string>(`${text}.then((answer) => 'answered ' + answer.status, (error) => 'refused')`);
    assert.equal(await call(`fetch('http://127.0.0.1:${port}/who')`), 'refused');
    assert.equal(await call(`fetch('/who', { mode: 'no-cors' })`), 'refused');
    assert.equal(
      await tab.evaluate("(() => { try { return document.cookie; } catch { return 'none'; } })()"),
      'none',
    );
    assert.equal(
      await tab.evaluate("(() => { try { return String(localStorage); } catch { return 'none'; } })()"),
      'none',
    );
  });
});

describe('the bundle of the page', () => {
  it('is one file that loads nothing', () => {
    const page = readFileSync(
      new URL('../../../src/diagnose/flamePage/flamePage.html', import.meta.url),
      'utf8',
    );
    assert.doesNotMatch(page, /\b(?:src|href)=|@import|url\(|https?:\/\/(?!www\.w3\.org)/);
    assert.equal(page.split('</script>').length, 3);
  });
});

function at({ x, y }: { x: number; y: number }): [number, number] {
  return [x, y];
}
