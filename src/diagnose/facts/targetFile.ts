import { readTargetBytes, type Target } from '../../target/index.js';
import { type CommandArguments, type CommandContext, CommandFailure, type OptionSpec } from '../command.js';
import { fileBytes } from '../limits.js';

/** What the reference reads at most without a terminal (wire/arthas.md 3.1). */
const WITHOUT_TERMINAL = 131_072;

export const SIZE_OPTION: OptionSpec = {
  short: 'M',
  long: 'sizeLimit',
  kind: 'integer',
  default: WITHOUT_TERMINAL,
  min: 1,
  summary: 'Largest file, in bytes; more than 131072 only at a terminal, up to the limit `file-bytes`',
};

/** @throws CommandFailure with the text of the sheet */
export function sizeLimitOf({ options }: CommandArguments, { services, sessionId }: CommandContext): number {
  const asked = Number(options.sizeLimit);
  if (asked > WITHOUT_TERMINAL && services.session(sessionId)?.isTerminal !== true) {
    throw new CommandFailure(
      `When executing in non-tty session, sizeLimit cannot be large than: ${WITHOUT_TERMINAL}`,
    );
  }
  return Math.min(asked, fileBytes.value);
}

/**
 * A file of the target, read by the target itself: its uid, its root, its working folder. `before` stands before the
 * name in what is said of one that cannot be read.
 * @throws CommandFailure with the texts of the sheet
 */
export async function readFileOf(target: Target, path: string, limit: number, before = ''): Promise<Buffer> {
  // The name would be cut there by the system, and mean another file.
  if (path.includes('\0')) throw new CommandFailure(`${before}${path}: No such file or directory`);
  const found = await readTargetBytes(target, path, limit);
  const failure = (text: string) => new CommandFailure(`${before}${path}: ${text}`);
  switch (found.kind) {
    case 'bytes':
      return found.bytes;
    case 'missing':
      throw failure('No such file or directory');
    case 'folder':
      throw failure('Is a directory');
    case 'too-large':
      throw failure(`Is too large, size: ${found.size}`);
    case 'no-file':
      throw failure('Is not a regular file');
    case 'not-bytes':
      throw failure(
        'Is no UTF-8 text, and this process is looked at through its inspector, which gives text only',
      );
    default:
      throw failure(found.why);
  }
}
