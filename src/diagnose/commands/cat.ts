import { type Command, CommandFailure } from '../command.js';
import { redactFileText } from '../facts/fileText.js';
import { readFileOf, SIZE_OPTION, sizeLimitOf } from '../facts/targetFile.js';

const MOST_FILES = 50;

export const cat: Command = {
  name: 'cat',
  summary: 'Show text files as the process sees them',
  description:
    'The process itself reads them, with its own user, root and working folder; the agent opens no file for this. ' +
    'Values of secret-looking names (`PASSWORD=`, `"token": `) and credentials in addresses are masked. ' +
    'Files that the kernel makes up (below /proc) come out empty.',
  examples: [
    { line: 'cat NOTICE', shows: 'a file of its working folder' },
    { line: 'cat package.json | grep -n version', shows: 'the line that names its version' },
    { line: 'cat /etc/no-such-file', shows: 'what is wrong with a name' },
  ],
  options: [
    { long: 'encoding', kind: 'string', default: 'utf-8', summary: 'Character set of the file, as `latin1`' },
    SIZE_OPTION,
  ],
  args: [
    {
      name: 'files',
      required: true,
      multiple: true,
      summary: 'Paths, from its working folder or from its root',
    },
  ],
  needs: 'target',
  risk: 'observe',
  results: [
    {
      type: 'cat',
      fields: [
        { name: 'file', type: 'string', summary: 'As it was named' },
        { name: 'content', type: 'string', summary: 'Its text; secrets are `***`' },
      ],
    },
  ],
  cost: 'One read in its extra thread; its main thread is not asked.',
  async *run(context) {
    const { args } = context;
    const limit = sizeLimitOf(args, context);
    const decoder = decoderOf(String(args.options.encoding));
    if (args.positional.length > MOST_FILES) {
      throw new CommandFailure(
        `cat: ${args.positional.length} files are too many, ${MOST_FILES} are read at once`,
      );
    }
    const target = await context.target();
    // As in the reference: where one cannot be read, none is shown.
    const texts: string[] = [];
    for (const file of args.positional) {
      texts.push(decoder.decode(await readFileOf(target, file, limit, 'cat ')));
    }
    for (const [index, text] of texts.entries()) {
      yield { type: 'cat', file: args.positional[index], content: redactFileText(text) };
    }
  },
  render: ({ content }) => String(content).replace(/\r?\n$/, ''),
};

function decoderOf(encoding: string): { decode(bytes: Uint8Array): string } {
  try {
    return new TextDecoder(encoding);
  } catch {
    throw new CommandFailure(`cat: no character set is named '${encoding}'; utf-8, latin1 and gbk are some`);
  }
}
