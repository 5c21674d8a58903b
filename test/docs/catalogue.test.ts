/**
 * The catalogue of the protocol (wire/arthas.md, section 3): each of its commands, and each of their options, is served or
 * stands in docs/compat.md with what became of it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS, shellWord } from '../../src/diagnose/index.js';
import { projectRoot } from '../support/index.js';

type Options = string;

/** What the commands that observe calls share (3, before 3.1). */
const SHARED =
  '-E --regex -n --limits --maxMatch -m -v --verbose -L --lazy --exclude-class-pattern --listenerId --timeout';
const LOADER = '-c --classLoaderClass';

/** Names as the sheet has them; the options of a command by spaces, without `-h` and `--help`. */
const CATALOGUE: Readonly<Record<string, Options>> = {
  // 3.1 Basics
  help: '',
  version: '',
  session: '',
  auth: '-n --username',
  history: '-c --clear',
  options: '',
  reset: '-E',
  stop: '',
  echo: '',
  pwd: '',
  cat: '--encoding -M --sizeLimit',
  base64: '-d --decode -i --input -o --output -M',
  cls: '',
  keymap: '',
  grep: '-e --regex -i --ignore-case -v --invert-match -n --line-number -c --count -m --max-count -A -B -C --after-context --before-context --context --trim-end',
  tee: '-a --append',
  wc: '-l',
  plaintext: '',
  quit: '',
  exit: '',
  q: '',
  logout: '',
  // 3.2 Process and runtime
  dashboard: '-i --interval -n --number-of-execution',
  thread:
    '-n --top-n-threads -b --include-blocking-thread -i --sample-interval --state --all --lockedMonitors --lockedSynchronizers',
  jvm: '',
  memory: '',
  sysprop: '',
  sysenv: '',
  vmoption: '',
  perfcounter: '-d --details',
  logger: `-n --name -l --level -c --classloader --classLoaderClass --include-no-appender`,
  heapdump: '-l --live',
  mbean: '-i --interval -n --number-of-execution -E -m --metadata',
  vmtool: `-a --action --className -x --expand -l --limit --express ${LOADER} --classNum --objectNum --backtraceNum -t --threadId --libPath`,
  jfr: '',
  profiler:
    '-e --event -i --interval -j --jstackdepth -f --file -o --format -d --duration -t --threads -I --include -X --exclude --alloc --live --lock --wall --jfrsync -F --features --signal --clock --norm --sched --cstack -s -g -a -l --all-user --begin --end --ttsp --title --minwidth --reverse --total --chunksize --chunktime --loop --timeout',
  // 3.6 Classes and code
  getstatic: `${LOADER} -E -x`,
  ognl: `-c --classLoader --classLoaderClass -x`,
  sc: `-d --details -f --field -E -x ${LOADER} -cs --classLoaderStr -n --limits`,
  sm: `-d -E ${LOADER} -n`,
  jad: `-c --code --classLoaderClass -E --hideUnicode --source-only --lineNumber -d --directory`,
  classloader: `-t --tree -l --list-classloader -a --all ${LOADER} -r --resource --load -i --include-reflection-classloader -u --url-stat --url-classes -d -E -n --jar --class`,
  'classloader-metaspace': '',
  dump: `-c --code --classLoaderClass -E -d --directory -l --limit`,
  mc: `${LOADER} --encoding -d --directory`,
  redefine: LOADER,
  retransform: `-l --list -d --delete --deleteAll --classPattern ${LOADER} --limit`,
  groovy: '',
  july: '',
  thanks: '',
  // 3.7 Observing calls
  watch: `${SHARED} -c --classloader -b --before -e --exception -s --success -f --finish -x --expand -M --sizeLimit`,
  trace: `${SHARED} -c --classloader -p --path --skipJDKMethod`,
  stack: `${SHARED} -c --classloader`,
  monitor: `${SHARED} --classloader -c --cycle -b --before`,
  line: `${SHARED} -c --classloader --class --method --desc --line --express --condition --list-lines -x -M --stack --stack-depth`,
  // 3.8 tt
  tt: `${SHARED} -c --classloader -t -l -s -i -w -p --replay-times --replay-interval -d --delete-all -x -M`,
  // 3.10 Jobs
  jobs: '',
  fg: '',
  bg: '',
  kill: '',
};

const compat = readFileSync(join(projectRoot, 'docs', 'compat.md'), 'utf8');
const rows = compat.split('\n').filter((line) => line.startsWith('|'));
const served = new Map(
  COMMANDS.flatMap((command) => [command.name, ...(command.aliases ?? [])].map((name) => [name, command])),
);

/** A row that names the word as code, followed by something that says why. */
function isExplained(word: string, inRows: readonly string[]): boolean {
  const code = new RegExp(`\`[^\`]*(?<![\\w-])${word}(?![\\w-])[^\`]*\``);
  return inRows.some((row) => code.test(row) && row.split('|')[2]?.trim() !== '');
}

test('every command of the catalogue is served, or docs/compat.md says why not', () => {
  const missing = Object.keys(CATALOGUE).filter(
    (name) => !served.has(name) && shellWord(name) === undefined && !isExplained(name, rows),
  );
  assert.deepEqual(missing, []);
});

test('every option of the catalogue is taken, or docs/compat.md says what became of it', () => {
  const missing = Object.entries(CATALOGUE).flatMap(([name, options]) => {
    const command = served.get(name);
    if (!command) return [];
    const taken = new Set(
      command.options.flatMap(({ short, long }) => [
        `--${long}`,
        ...(short === undefined ? [] : [`-${short}`]),
      ]),
    );
    const about = rows.filter((row) => isExplained(name, [row]));
    return options
      .split(' ')
      .filter((option) => option !== '' && !taken.has(option) && !isExplained(option, about))
      .map((option) => `${name} ${option}`);
  });
  assert.deepEqual(missing, []);
});
