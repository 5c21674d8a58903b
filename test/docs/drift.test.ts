import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../support/index.js';

function* pages(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* pages(path);
    else if (entry.name.endsWith('.md')) yield path;
  }
}

/** The places of a page that a link may name: its headings, as GitHub spells them. */
function anchorsOf(page: string): Set<string> {
  const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
  const titles = [...text.matchAll(/^#+ +(.+)$/gm)].map(([, title = '']) => title.trim().toLowerCase());
  return new Set(titles.map((title) => title.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')));
}

describe('docs', () => {
  it('the generated pages are what the program says', () => {
    const script = join(projectRoot, 'scripts', 'docs.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });

  it('every link to a file of the project, and to a part of one, leads somewhere', () => {
    const roots = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((name) => join(projectRoot, name));
    const examples = join(projectRoot, 'examples', 'shop', 'README.md');
    const broken: string[] = [];
    for (const page of [...roots, examples, ...pages(join(projectRoot, 'docs'))]) {
      const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
      for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(link)) continue;
        const [path = '', anchor] = link.split('#');
        const goal = path === '' ? page : join(dirname(page), path);
        const leads = existsSync(goal) && (anchor === undefined || anchorsOf(goal).has(anchor));
        if (!leads) broken.push(`${relative(projectRoot, page)}: ${link}`);
      }
    }
    assert.deepEqual(broken, []);
  });
});
