import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { projectRoot } from '../support/index.js';

type Tree = Readonly<Record<string, string>>;

/** Lays a small tree and lets the script look at it. */
function check(t: TestContext, tree: Tree): { code: number | null; lines: string[] } {
  const root = mkdtempSync(join(tmpdir(), 'remora-rules-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const script = join(projectRoot, 'scripts', 'importRules.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--root', root], { encoding: 'utf8' });
  return { code: status, lines: stderr.split('\n').filter(Boolean) };
}

function allows(t: TestContext, tree: Tree): void {
  assert.deepEqual(check(t, tree), { code: 0, lines: [] });
}

/** The tree is refused for exactly this one reason. */
function refuses(t: TestContext, tree: Tree, problem: RegExp): void {
  const { code, lines } = check(t, tree);
  assert.equal(code, 1);
  assert.equal(lines.length, 2, lines.join('\n'));
  assert.match(lines[0] ?? '', problem);
  assert.equal(lines[1], '1 broken rules');
}

describe('import rules: allowed', () => {
  it('rooms through their doors, along the table', (t) => {
    allows(t, {
      'src/target/attach.ts':
        "import { frame } from '../wire/index.js';\nimport { log } from '../base/index.js';\n",
      'src/target/probe.ts': "import type { Calls } from '../probe/index.js';\n",
      'src/diagnose/commands/ps.ts': "import type { Target } from '../../target/index.js';\n",
      'src/fleet/agents.ts': "import { open } from '../store/index.js';\n",
      'src/insight/perf.ts': "import type { Target } from '../target/index.js';\n",
      'src/client/remora.ts': "import { codes } from '../wire/index.js';\n",
    });
  });

  it('inner files of the same room', (t) => {
    allows(t, { 'src/diagnose/commands/ps.ts': "import { table } from '../render/table.js';\n" });
  });

  it('api.ts imports http', (t) => {
    allows(t, { 'src/diagnose/api.ts': "import type { Route } from '../http/index.js';\n" });
  });

  it('agent.ts, server.ts, main.ts and cli/ import anything by its door', (t) => {
    const many = [
      "import { listen } from './http/index.js';",
      "import { sessions } from './diagnose/index.js';",
      "import { tables } from './store/index.js';\n",
    ].join('\n');
    allows(t, {
      'src/agent.ts': many,
      'src/server.ts': many,
      'src/main.ts': "import { run } from './cli/main.js';\nimport { up } from './agent.js';\n",
      'src/cli/up.ts': "import { agent } from '../agent.js';\nimport { listen } from '../http/index.js';\n",
    });
  });

  it('the probe imports node: modules', (t) => {
    allows(t, { 'src/probe/worker/worker.ts': "import { Session } from 'node:inspector';\n" });
  });

  it('imports that stand in comments, and tests that look inside a room', (t) => {
    allows(t, {
      'src/base/log.ts': "// import { x } from '../http/index.js';\nexport const log = 1;\n",
      'test/http/listener.test.ts': "import { listen } from '../../src/http/listener.js';\n",
    });
  });

  it('a long file that says why', (t) => {
    const long = 'export const x = 1;\n'.repeat(500);
    allows(t, {
      'src/wire/table.ts': `// Over 400 lines: one row per message type of the reference.\n${long}`,
    });
  });

  it('targets with default exports, and whatever lies in build, dist and node_modules', (t) => {
    const bad = 'export default 1;\n';
    allows(t, {
      'test/targets/esm.mjs': bad,
      'build/src/base/x.js': bad,
      'node_modules/x/index.js': bad,
      'test/targets/dist/x.js': bad,
    });
  });
});

describe('import rules: refused', () => {
  const cases: Record<string, [Tree, RegExp]> = {
    'base imports nothing of ours': [
      { 'src/base/x.ts': "export { y } from '../wire/index.js';\n" },
      /^src\/base\/x\.ts:1: base may not import wire \(it may import no other room\)$/,
    ],
    'wire does not know targets': [
      { 'src/wire/x.ts': "import { y } from '../target/index.js';\n" },
      /^src\/wire\/x\.ts:1: wire may not import target \(it may import base\)$/,
    ],
    'wire does no input or output': [
      { 'src/wire/x.ts': "import { connect } from 'node:net';\n" },
      /^src\/wire\/x\.ts:1: wire is codecs only.*node:net$/,
    ],
    'the probe imports no room': [
      { 'src/probe/main/x.ts': "import { y } from '../../base/index.js';\n" },
      /^src\/probe\/main\/x\.ts:1: probe may not import base/,
    ],
    'the probe imports no package': [
      { 'src/probe/main/x.ts': "import { parse } from 'acorn';\n" },
      /^src\/probe\/main\/x\.ts:1: probe imports node: modules only.*: acorn$/,
    ],
    'target does not know diagnose': [
      { 'src/target/x.ts': "\n\nimport type { Job } from '../diagnose/index.js';\n" },
      /^src\/target\/x\.ts:3: target may not import diagnose/,
    ],
    'a door is the only way in': [
      { 'src/diagnose/x.ts': "import { y } from '../target/attach.js';\n" },
      /:1: target is entered by its door only: import src\/target\/index\.ts, not src\/target\/attach\.ts$/,
    ],
    'the door holds for the wiring as well': [
      { 'src/agent.ts': "import { y } from './target/attach.js';\n" },
      /^src\/agent\.ts:1: target is entered by its door only/,
    ],
    'http is for api.ts': [
      { 'src/diagnose/session.ts': "import { Route } from '../http/index.js';\n" },
      /:1: only a file named api\.ts imports http; this is diagnose\/session\.ts$/,
    ],
    'one job does not know another': [
      { 'src/diagnose/x.ts': "import { y } from '../containers/index.js';\n" },
      /diagnose may not import containers/,
    ],
    'nobody imports the wiring': [
      { 'src/diagnose/x.ts': "import { y } from '../agent.js';\n" },
      /only agent\.ts, server\.ts, daemon\.ts, main\.ts and cli\/ import agent\.ts$/,
    ],
    'an import over several lines': [
      { 'src/base/x.ts': "import {\n  a,\n  b,\n} from '../http/index.js';\n" },
      /^src\/base\/x\.ts:4: /,
    ],
    'a dynamic import': [
      { 'src/target/x.ts': "const d = await import('../diagnose/index.js');\n" },
      /^src\/target\/x\.ts:1: target may not import diagnose/,
    ],
    'a room that the design does not have': [
      { 'src/utils/x.ts': 'export const x = 1;\n' },
      /^src\/utils\/x\.ts:1: 'utils' is no room/,
    ],
    'sources do not import tests': [
      { 'src/target/x.ts': "import { y } from '../../test/support/index.js';\n" },
      /src\/ imports nothing outside itself/,
    ],
    'an example that knows Remora': [
      { 'examples/shop/server.ts': "import { y } from '../../src/base/index.js';\n" },
      /an example knows nothing of Remora/,
    ],
    'a file that is too long': [
      { 'test/x.test.ts': 'export const x = 1;\n'.repeat(401) },
      /^test\/x\.test\.ts:401: 401 lines; over 400 needs a reason/,
    ],
    'a default export': [
      { 'scripts/x.mjs': 'const x = 1;\nexport { x as default };\n' },
      /^scripts\/x\.mjs:2: a default export/,
    ],
    'a path of a machine, in prose too': [
      { 'docs/x.md': `see \`${['', 'home', 'ann', 'remora'].join('/')}\`\n` },
      /^docs\/x\.md:1: a path of one machine: /,
    ],
    'a registry in the lock file': [
      { 'package-lock.json': `"resolved": "${'https:'}//host/x.tgz"\n` },
      /^package-lock\.json:1: an address of a package registry$/,
    ],
  };
  for (const [name, [tree, problem]] of Object.entries(cases)) {
    it(name, (t) => refuses(t, tree, problem));
  }

  it('counts every problem', (t) => {
    const { lines } = check(t, {
      'src/base/x.ts': "import { a } from '../http/index.js';\nexport default a;\n",
    });
    assert.equal(lines.at(-1), '2 broken rules');
  });
});
