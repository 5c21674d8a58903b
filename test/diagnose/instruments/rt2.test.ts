import { describe, it } from 'node:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { live } from '../support/liveSession.js';
import { asking } from './support/asking.js';
import { buildOrders, FORMATS } from './support/ordersApp.js';

describe('x', () => {
  for (const format of FORMATS) it(format, async (t) => {
    const app = await buildOrders(t, format);
    const at = await live(t, 22, { file: app.file }, ['read', 'observe', 'change']);
    const ask = asking(at.process);
    const show = async (c: string, during?: string) => {
      const p = at.exec(c);
      let stop = false;
      if (during) (async () => { while (!stop) { await ask(during); } })();
      const r = await p; stop = true;
      console.log(format, '>', c, '\n', r.map(({jobId, ...x}: any) => x.message ?? JSON.stringify(x)).join('\n'));
    };
    const P = 't.orders.price({cents:100,count:1})';
    await show('sm orders.ts *');
    console.log(await ask(P));
    await show(`retransform orders.ts Orders.price --source 'price(line: Line): number { sold += 100; this.#count += 10; return rounded(line.cents * rate) * 100 + FEE + withFee(1); }'`, P);
    console.log(await ask(P), await ask('t.soldSoFar()'), await ask('t.setRate(3)'), await ask(P));
    await show('retransform --deleteAll');
    console.log(await ask(P));
    const text = readFileSync(join(app.sources, 'orders.ts'), 'utf8')
      .replace('+ FEE;\n  }', '+ FEE + 1000;\n  }').replace('cents + FEE;', 'cents + FEE * 2;').replace('const FEE = 5', 'const FEE = 6').replace('return `${prefix} ${cents}`', 'return `NEW ${prefix} ${cents}`').replace('basename(path)','basename(path)+"!"')+ '\nexport function brandNew() { return 1; }\n';
    writeFileSync(join(app.sources, 'orders.ts'), text);
    await show(`retransform ${join(app.sources, 'orders.ts')}`, `[${P}, t.feeOf(1), t.fileOf("/a/b"), t.handlers.show(3)]`);
    console.log(await ask(`[${P}, t.feeOf(1), t.fileOf("/a/b"), t.handlers.show(3), t.handlers.double(3)]`));
    await show('retransform --deleteAll');
    console.log(await ask(`[${P}, t.feeOf(1), t.fileOf("/a/b"), t.handlers.show(3), t.handlers.double(3)]`));
  });
});
