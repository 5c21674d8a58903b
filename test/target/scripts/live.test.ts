import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  completeFunctions,
  completeModules,
  type Frame,
  loadedModuleFile,
  mapFrame,
  packageOf,
  ScriptSearch,
  scriptsOf,
  sourceMapsOf,
} from '../../../src/target/index.js';
import { debuggerLinger } from '../../../src/target/scripts/limits.js';
import { eventually, nodeMajors, targetsFolder } from '../../support/index.js';
import { newTargets, rejection, subject, temporaryFolder } from '../attach/attaching.js';

const frame = (fileName: string, line: number, column: number): Frame => ({
  fileName,
  line,
  column,
  functionName: 'f',
});

for (const node of nodeMajors) {
  describe(`scripts of a process on Node ${node}`, () => {
    it('CommonJS: listed, parsed, named', async (t) => {
      const { pid } = await subject(t, node, { file: 'private-methods.cjs', cwd: targetsFolder });
      const target = await newTargets(t).attach(String(pid));
      const list = scriptsOf(target);
      assert.equal(scriptsOf(target), list);
      assert.deepEqual(await completeModules(target, 'priv'), ['private-methods.cjs']);
      assert.deepEqual(await completeFunctions(target, 'private-methods', ''), []);
      assert.equal(list.debugger.isOn, false, 'completion turns nothing on');

      const lease = await list.open();
      const search = new ScriptSearch(list);
      const [script, ...more] = await search.modules('private-methods', { regex: false });
      assert.deepEqual(more, []);
      assert.equal(script?.name, 'private-methods.cjs');
      assert.equal(script?.isModule, false);
      assert.equal(
        (await search.modules('*', { regex: false })).some(({ isInternal }) => isInternal),
        false,
      );
      assert.ok((await search.modules('node:*', { regex: false })).length > 20);

      const found = await search.functions([script!], 'Account*', { regex: false });
      assert.deepEqual(
        found.map(({ name }) => name),
        [
          'Account.open',
          'Account#remember',
          'Account.opened',
          'Account.constructor',
          'Account.balance',
          'Account.limit',
          'Account.withdraw',
          'Account.deposit',
          'Account#covers',
          'Account#log',
        ],
      );
      assert.equal((await search.functions([script!], 'Account.#log', { regex: false })).length, 1);
      assert.equal((await search.functions([script!], '(turn|Account.*t)', { regex: true })).length, 3);
      assert.deepEqual(
        (await search.classes('Acc*', { regex: false })).map(({ name }) => name),
        ['Account'],
      );
      assert.deepEqual(await completeFunctions(target, 'private-methods', 'Account.w'), ['Account.withdraw']);
      assert.equal((await packageOf(target, script!))?.name, 'remora');
      assert.equal(await loadedModuleFile(target, 'private-methods'), script?.path);
      await rejection(loadedModuleFile(target, 'no-such'), 'no-module');
      lease.release();
    });

    it('ES modules, and TypeScript through maps beside the file', async (t) => {
      const { pid } = await subject(t, node, { file: 'dist/typescript/server.js', cwd: targetsFolder });
      const target = await newTargets(t).attach(String(pid));
      const list = scriptsOf(target);
      const lease = await list.open();
      const search = new ScriptSearch(list);
      const [script] = await search.modules('orders.ts', { regex: false });
      assert.equal(script?.name, 'dist/typescript/orders.js');
      assert.equal(script?.isModule, true);
      const found = await search.functions([script!], 'OrderService*', { regex: false });
      assert.deepEqual(
        found.map(({ name, line }) => `${name}:${line}`),
        [
          'OrderService.constructor:15',
          'OrderService.place:17',
          'OrderService.quote:24',
          'OrderService.find:29',
          'OrderService.placed:33',
          'OrderService#remember:37',
        ],
      );
      assert.match(found[0]?.original ?? '', /typescript\/src\/orders\.ts$/);
      await rejection(loadedModuleFile(target, 'orders.ts'), 'module-unreachable');

      const mapped = await mapFrame(target, frame(script!.url, 10, 5));
      assert.equal(mapped.shortName, 'typescript/src/orders.ts');
      assert.equal(mapped.line, 17);
      assert.equal(mapped.generated?.line, 10);
      lease.release();
    });

    it('a bundled and minified program has its own names again', async (t) => {
      const { pid } = await subject(t, node, { file: 'dist/bundled/server.min.cjs', cwd: targetsFolder });
      const target = await newTargets(t).attach(String(pid));
      const list = scriptsOf(target);
      const lease = await list.open();
      const search = new ScriptSearch(list);
      const [script] = await search.modules('pricing.ts', { regex: false });
      const names = (await search.functions([script!], undefined, { regex: false })).map(({ name }) => name);
      for (const name of [
        'subtotal',
        'withTax',
        'OrderService.place',
        'OrderService#remember',
        'placeNext',
      ]) {
        assert.ok(names.includes(name), `${name} among ${names.join(' ')}`);
      }
      assert.deepEqual(
        (await search.classes('*Service', { regex: false })).map(({ name }) => name),
        ['OrderService'],
      );
      lease.release();
    });
  });
}

describe('the debugger domain', () => {
  it('stays on for a while after its last use, then goes off; the list fills again', async (t) => {
    const before = debuggerLinger.value;
    debuggerLinger.value = 0.05;
    t.after(() => {
      debuggerLinger.value = before;
    });
    const { pid } = await subject(t, 22, { file: 'idle.cjs' });
    const target = await newTargets(t).attach(String(pid));
    const list = scriptsOf(target);
    const [one, two] = await Promise.all([list.open(), list.open()]);
    one.release();
    one.release();
    assert.equal(list.debugger.isOn, true, 'two hold it');
    two.release();
    await eventually(() => !list.debugger.isOn, { what: 'the domain to go off' });
    (await list.open()).release();
    assert.ok(list.all().some(({ name }) => name.endsWith('idle.cjs')));
  });
});

describe('source maps', () => {
  const js =
    'export function add(a,b){return a+b}\nglobalThis.add=add;\nsetInterval(()=>add(1,2),50);console.log("ready 0");\n';
  const map = (more: object) =>
    JSON.stringify({ version: 3, sources: ['add.ts'], names: [], mappings: 'AAEA;AACA;AACA', ...more });

  async function program(t: Parameters<typeof subject>[0], files: Record<string, string>) {
    const folder = temporaryFolder(t, 'maps');
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { pid } = await subject(t, 22, { file: join(folder, 'add.mjs'), cwd: folder });
    const target = await newTargets(t).attach(String(pid));
    return { folder, target };
  }

  it('inside the script, the original inside the map', async (t) => {
    const data = Buffer.from(map({ sourcesContent: ['// inside\n\nexport function add() {}\n'] })).toString(
      'base64',
    );
    const { target, folder } = await program(t, {
      'add.mjs': `${js}//# sourceMappingURL=data:application/json;base64,${data}\n`,
    });
    const path = join(folder, 'add.mjs');
    const answer = await sourceMapsOf(target).ofFile(path);
    assert.ok('map' in answer, JSON.stringify(answer));
    assert.match((await sourceMapsOf(target).content(answer.map, 0)) ?? '', /inside/);
    assert.equal((await mapFrame(target, frame(`file://${path}`, 2, 1))).line, 4);
    const list = scriptsOf(target);
    const lease = await list.open();
    assert.equal(list.byUrl(path)?.sourceMapURL, 'data:');
    lease.release();
  });

  it('beside the script, with sections', async (t) => {
    const section = JSON.parse(map({ sourcesContent: ['one\ntwo\nthree\n'] })) as object;
    const { target, folder } = await program(t, {
      'add.mjs': `${js}//# sourceMappingURL=add.mjs.map\n`,
      'add.mjs.map': JSON.stringify({
        version: 3,
        sections: [{ offset: { line: 0, column: 0 }, map: section }],
      }),
    });
    const mapped = await mapFrame(target, frame(join(folder, 'add.mjs'), 1, 1));
    assert.deepEqual([mapped.shortName, mapped.line], ['add.ts', 3]);
  });

  it('what cannot be used leaves frames as they are, and nothing throws', async (t) => {
    for (const [reference, maps] of [
      ['missing.map', {}],
      ['broken.map', { 'broken.map': '{"version":3' }],
      ['https://cdn.example/add.map', {}],
      ['data:nonsense', {}],
    ] as const) {
      const { target, folder } = await program(t, {
        'add.mjs': `${js}//# sourceMappingURL=${reference}\n`,
        ...maps,
      });
      const given = frame(join(folder, 'add.mjs'), 1, 1);
      assert.deepEqual(await mapFrame(target, given), { ...given, shortName: 'add.mjs' }, reference);
      assert.deepEqual(await mapFrame(target, frame('node:internal/x', 1, 1)), {
        ...frame('node:internal/x', 1, 1),
        shortName: 'node:internal/x',
      });
      assert.deepEqual(await mapFrame(target, frame('', 0, 0)), { ...frame('', 0, 0), shortName: '' });
    }
  });
});
