/** What docs/diagnose.md shows of streams works, word for word. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { scratch } from '../../http/support.js';
import { lacksSystemParts, projectRoot } from '../../support/index.js';
import { wired } from '../support/wired.js';

const run = promisify(execFile);
const page = readFileSync(join(projectRoot, 'docs', 'diagnose.md'), 'utf8');

function block(language: string): string {
  const [, text] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(page) ?? [];
  if (!text) throw new Error(`docs/diagnose.md has no block of ${language}`);
  return text;
}

describe('the examples of docs/diagnose.md', () => {
  it('the lines with curl', { skip: lacksSystemParts('curl') }, async (t) => {
    const { port } = await wired(t, { http: { trust: 'uid' } });
    const script = block('sh').replaceAll('localhost:8563', `localhost:${port}`);
    // curl ends by its own time limit: 28.
    const { stdout } = await run('bash', ['-c', `${script}[ $? = 28 ]`]);
    assert.match(stdout, /"state":"SCHEDULED"/);
    assert.match(
      stdout,
      /retry: 1000\nevent: open\ndata: \{"sessionId":"[\w-]{36}","consumerId":"\w{32}_2"\}\n\n/m,
    );
    assert.match(
      stdout,
      /^id: \w{32}_2\.1\ndata: \{"inputStatus":"DISABLED","jobId":0,"type":"input_status"\}\n\n/m,
    );
    assert.match(stdout, /^data: \{"jobId":1,"statusCode":0,"type":"status"\}$/m);
  });

  it('the lines of TypeScript', async (t) => {
    const { port } = await wired(t, { http: { trust: 'uid' } });
    const file = join(scratch(t), 'example.mjs');
    const client = pathToFileURL(join(projectRoot, 'build', 'src', 'client', 'index.js')).href;
    const text = block('js')
      .replace("'remora/client'", `'${client}'`)
      .replace('localhost:8563', `127.0.0.1:${port}`)
      // There is no process here that a dashboard could look at.
      .replace('dashboard -n 2 -i 500', 'many -n 2');
    writeFileSync(file, text);
    const { stdout } = await run(process.execPath, [file]);
    assert.match(stdout, /\ncommand\n(?:input_status\n)?many\nmany\nstatus\n$/);
  });
});
