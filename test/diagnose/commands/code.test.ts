import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueText } from '../../../src/diagnose/values/index.js';
import { workerHeadroom } from '../../../src/target/limits.js';
import { nodeMajors, targetsFolder } from '../../support/index.js';
import { newTargets, subject, type TestLike } from '../../target/attach/attaching.js';
import { Bench, resultOf, types, type WireAnswer, type WireResult } from '../support/bench.js';
import { play, transcripts } from '../support/transcript.js';

type NodeMajor = (typeof nodeMajors)[number];

/** A store with one real process attached. */
async function attached(t: TestLike, node: NodeMajor, file: string): Promise<Bench> {
  const { pid } = await subject(t, node, { file, cwd: targetsFolder });
  const targets = newTargets(t);
  await targets.attach(String(pid));
  const bench = await Bench.start({ targets, allow: ['read', 'observe', 'change'] });
  t.after(() => bench.close());
  // The first use of the debugger domain may have something to say, on a slow machine.
  await bench.exec('sc nothing');
  return bench;
}

function all(answer: WireAnswer, type: string): WireResult[] {
  return (answer.body?.results ?? []).filter((result) => result.type === type);
}

function status(answer: WireAnswer): unknown {
  const { statusCode, message } = resultOf(answer, 'status');
  return message === undefined ? statusCode : [statusCode, message];
}

for (const node of nodeMajors) {
  describe(`sc, sm, jad and ognl on Node ${node}`, () => {
    it('find and show TypeScript through its maps', async (t) => {
      const bench = await attached(t, node, 'dist/typescript/server.js');
      const modules = await bench.exec('sc dist/typescript/*');
      assert.deepEqual(types(modules.body?.results), ['sc', 'row_affect', 'status']);
      assert.deepEqual(resultOf(modules, 'sc').classNames, [
        'dist/typescript/orders.js',
        'dist/typescript/pricing.js',
        'dist/typescript/server.js',
      ]);
      assert.deepEqual(resultOf(await bench.exec('sc *Service'), 'sc').classNames, [
        'dist/typescript/orders.js:OrderService',
      ]);
      const [service] = all(await bench.exec('sc -d -f orders.ts:OrderService'), 'sc');
      const { fields, superClass, codeSource } = service!.classInfo as {
        fields: { name: string }[];
        superClass: string[];
        codeSource: string;
      };
      assert.deepEqual(
        fields.map(({ name }) => name),
        ['keep', '#placed', '#byId'],
      );
      assert.deepEqual(superClass, []);
      assert.ok(codeSource.startsWith('/'));
      const [error] = all(await bench.exec('sc -d TaxError'), 'sc');
      assert.deepEqual((error!.classInfo as { superClass: string[] }).superClass, ['Error']);

      const methods = all(await bench.exec('sm -d orders.ts *place*'), 'sm').map(
        ({ methodInfo }) => methodInfo as Record<string, unknown>,
      );
      assert.deepEqual(
        methods.map(({ methodName, descriptor, modifier, line, kind }) => [
          methodName,
          descriptor,
          modifier,
          line,
          kind,
        ]),
        [
          ['OrderService.place', '(order)', 'async', 17, 'method'],
          ['OrderService.placed', '()', '', 33, 'getter'],
        ],
      );
      assert.equal(resultOf(await bench.exec('sm *:OrderService'), 'row_affect').rowCount, 6);
      assert.equal(
        resultOf(await bench.exec('sm -E ".*orders.*" "(find|reserve)"'), 'row_affect').rowCount,
        1,
      );

      const shown = resultOf(await bench.exec('jad orders.ts OrderService.quote'), 'jad');
      assert.equal(shown.firstLine, 24);
      assert.match(
        String(shown.source),
        /^ {2}async quote\(order: Order\): Promise<number> \{\n[\s\S]*\n {2}\}$/,
      );
      assert.deepEqual(shown.mappings, { 16: 24, 17: 25, 18: 26, 19: 27 });
      const whole = resultOf(await bench.exec('jad pricing.ts --source-only'), 'jad');
      assert.match(String(whole.source), /^export interface Item/);
      assert.equal(whole.location, undefined);
      const several = await bench.exec('jad dist/typescript/*');
      assert.deepEqual(types(several.body?.results), ['message', 'jad', 'status']);
      assert.equal((resultOf(several, 'jad').matchedClasses as unknown[]).length, 3);
      assert.deepEqual(status(several), [-1, 'Found more than one, please name one of them.']);
      assert.deepEqual(status(await bench.exec('jad nothing.ts')), [-1, 'No class found for: nothing.ts']);
    });

    it('show code without a map as it runs, and values of exported classes', async (t) => {
      const bench = await attached(t, node, 'private-methods.cjs');
      const shown = resultOf(await bench.exec('jad private-methods Account.deposit'), 'jad');
      assert.equal(shown.firstLine, 43);
      assert.match(String(shown.source), /^ {2}async deposit\(amount\) \{/);
      const field = resultOf(await bench.exec(`ognl -x 0 "module('private-methods').Account"`), 'ognl');
      assert.equal(field.value, '@Class[Account]');
      assert.deepEqual(field.json, { '@type': 'class', '@value': 'Account' });
    });

    it('ognl answers, refuses and fails in words', async (t) => {
      const bench = await attached(t, node, 'secrets.cjs');
      const versions = resultOf(
        await bench.exec('ognl "Object.keys(process.versions).includes(\'v8\')"'),
        'ognl',
      );
      assert.deepEqual([versions.value, versions.json], ['@Boolean[true]', true]);
      assert.deepEqual(status(await bench.exec('ognl nothing.at.all')), [
        -1,
        'Failed to execute ognl, exception message: ReferenceError: nothing is not defined',
      ]);
      assert.match(
        String(status(await bench.exec('ognl "process.exit(1)"'))),
        /no listed pure built-in: --unsafe allows it/,
      );
      assert.match(String(status(await bench.exec('ognl "a = 1"'))), /an assignment is not allowed/);
      assert.match(
        String(status(await bench.exec('ognl "module(\'nothing\')"'))),
        /no loaded CommonJS module fits 'nothing'/,
      );
      assert.match(String(status(await bench.exec('ognl -x 5 1'))), /at most 4/);
      const secrets = resultOf(await bench.exec('ognl -x 4 "module(\'secrets\')"'), 'ognl');
      assert.doesNotMatch(JSON.stringify(secrets), /topsecret/);
      assert.match(String(secrets.value), /harmless-region|login/);
      assert.equal(valueText(secrets.json as never), secrets.value);

      bench.role = 'operator';
      const unsafe = await bench.exec('ognl --unsafe process.memoryUsage()');
      assert.equal(all(unsafe, 'ognl').length, 0, 'an operator may not');
      bench.role = 'admin';
      const usage = resultOf(await bench.exec('ognl --unsafe process.memoryUsage()'), 'ognl');
      assert.match(String(usage.value), /heapUsed=@Number/);
    });
  });
}

describe('code commands', () => {
  it('work over the inspector connection alone', async (t) => {
    const before = workerHeadroom.value;
    workerHeadroom.value = Number.MAX_SAFE_INTEGER;
    t.after(() => {
      workerHeadroom.value = before;
    });
    const bench = await attached(t, 22, 'dist/typescript/server.js');
    assert.equal(resultOf(await bench.exec('jad orders.ts OrderService.find'), 'jad').firstLine, 29);
    assert.equal(resultOf(await bench.exec('sm pricing.ts'), 'row_affect').rowCount, 7);
    assert.equal(resultOf(await bench.exec('ognl 1+1'), 'ognl').value, '@Number[2]');
  });

  it('page names and keep their limits', async (t) => {
    const bench = await attached(t, 22, 'many-modules.cjs');
    const pages = all(await bench.exec('sc *m0*'), 'sc');
    assert.ok(pages.length >= 2, `${pages.length} pages`);
    assert.deepEqual(
      pages.map(({ segment }) => segment),
      pages.map((_, at) => at),
    );
    assert.equal((pages[0]!.classNames as string[]).length, 256);
    assert.match(String(status(await bench.exec('sc -d *m0*'))), /greater than the limit value 100/);
    assert.match(String(status(await bench.exec('sm *m0*'))), /greater than the limit value 100/);
    assert.match(String(status(await bench.exec('sc -E (a+)+b'))), /0|took longer/);
    assert.match(String(status(await bench.exec('sc -E ('))), /no regular expression/);
  });

  it('answer as their transcripts have it', async (t) => {
    const bench = await attached(t, 22, 'dist/typescript/server.js');
    const known = transcripts('code-');
    assert.equal(known.length, 4);
    for (const [file, transcript] of known) {
      bench.user = file;
      await play(transcript, async (body) => (await bench.post(body)).text());
    }
  });
});
