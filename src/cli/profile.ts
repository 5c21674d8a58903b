import { Command, InvalidArgumentError, Option } from 'commander';
import type { ProfileRequest, RemoraClient } from '../client/index.js';
import { formatBytes } from '../diagnose/render/index.js';
import { attachBy, connect } from './connect.js';
import type { CliContext } from './context.js';
import { EXIT } from './exitCode.js';
import { NewFile } from './newFile.js';

const TYPES = ['cpu', 'heap', 'growth'] as const;
type Type = (typeof TYPES)[number];

interface ProfileFlags {
  readonly seconds: number;
  readonly output?: string;
  readonly type: Type;
}

const DEFAULT_SECONDS = 10;
const KINDS: Readonly<Record<Type, NonNullable<ProfileRequest['kind']>>> = {
  cpu: 'profile',
  heap: 'heap',
  growth: 'growth',
};

export function profileCommand(context: CliContext): Command {
  return new Command('profile')
    .description('write a profile of a process to a file that pprof reads')
    .argument('<process>', 'pid, name, name#2 or container id')
    .option('--seconds <n>', 'how long to look', parseSeconds, DEFAULT_SECONDS)
    .option('-o, --output <file>', 'where to write it; NAME-TYPE-PID-TIME.pb.gz unless given')
    .addOption(
      new Option('--type <type>', 'where CPU time goes, what holds memory, or what allocates it')
        .choices(TYPES)
        .default('cpu'),
    )
    .addHelpText('after', '\nCtrl-C stops it: the process is as it was, and no file is written.')
    .action(async (process: string, flags: ProfileFlags) => {
      context.exitCode = await profile(context, process, flags);
    });
}

async function profile(context: CliContext, selector: string, flags: ProfileFlags): Promise<number> {
  const { terminal } = context;
  const connection = await connect(context);
  const { client, attached } = await attachBy(context, connection, { process: selector });
  const { pid, name } = attached.process;
  if (!attached.alreadyAttached)
    for (const notice of attached.notices) terminal.note(terminal.noteStyle.dim(notice));
  const path = flags.output ?? `${fileName(name)}-${flags.type}-${pid}-${timestamp()}.pb.gz`;
  const file = await NewFile.open(path);
  // Whatever ends us in between, a file that was there before is there still.
  const forget = context.life.defer(() => file.remove());
  try {
    const { seconds, type } = flags;
    const bytes = await take(context, client, { kind: KINDS[type], process: String(pid), seconds });
    await file.keep(bytes);
    terminal.note(`Wrote ${path} (${formatBytes(bytes.length)}). Open it by:`);
    await terminal.printForeign(`go tool pprof -http=localhost: ${shellWord(path)}`);
    return EXIT.ok;
  } finally {
    await forget();
  }
}

/** Waits, and shows on a terminal how long it still takes. */
async function take(context: CliContext, client: RemoraClient, request: ProfileRequest): Promise<Buffer> {
  const { terminal } = context;
  const { seconds = DEFAULT_SECONDS } = request;
  const abort = new AbortController();
  // The end of the connection ends the profile.
  const done = context.life.defer(() => abort.abort());
  const began = performance.now();
  const tick = (): void => {
    const left = Math.max(0, seconds - (performance.now() - began) / 1000);
    terminal.progress(left > 0 ? `profiling, ${Math.ceil(left)} s left` : 'fetching and naming');
  };
  const timer = setInterval(tick, 250);
  tick();
  try {
    return await client.profile(request, { signal: abort.signal });
  } finally {
    clearInterval(timer);
    terminal.progress('');
    await done();
  }
}

/** Names are other people's text. */
function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.#-]+/g, '_').replace(/^[.-]+/, '') || 'process';
}

function timestamp(): string {
  return new Date()
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[-:]/g, '');
}

function shellWord(text: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give whole seconds, 1 or more.');
  return value;
}
