import { roleIncludes } from '../../base/index.js';
import { type Command, CommandFailure } from '../command.js';
import { readFileOf, SIZE_OPTION, sizeLimitOf } from '../facts/targetFile.js';
import { outputOf } from '../output/index.js';

export const base64: Command = {
  name: 'base64',
  summary: 'Show a file of the process in base64, or decode one',
  description:
    'The process itself reads it, as `cat` does. What comes out is the file byte for byte, with nothing masked: this ' +
    'needs the role admin. `-o` writes below the output folder of the agent, never in the process.',
  examples: [
    { line: 'base64 NOTICE', shows: 'the file as text that can be copied' },
    { line: 'base64 --input NOTICE --output notice.b64', shows: 'where it is now' },
    { line: 'base64 -d NOTICE', shows: 'that this file is no base64' },
  ],
  options: [
    { short: 'd', long: 'decode', kind: 'flag', summary: 'The file is base64' },
    { short: 'i', long: 'input', kind: 'string', summary: 'The file, in place of the argument' },
    {
      short: 'o',
      long: 'output',
      kind: 'string',
      summary: 'A plain name; the file comes into the output folder',
    },
    SIZE_OPTION,
  ],
  args: [{ name: 'file', required: false, summary: 'A path, from its working folder or from its root' }],
  needs: 'target',
  risk: 'observe',
  results: [
    {
      type: 'base64',
      fields: [{ name: 'content', type: 'string?', summary: 'Absent where -o wrote it' }],
    },
    {
      type: 'redirect',
      fields: [
        { name: 'file', type: 'string', summary: 'Name in the output folder' },
        { name: 'url', type: 'string', summary: 'Where it can be fetched from the agent' },
        { name: 'path', type: 'string', summary: "On the agent's host" },
        { name: 'bytes', type: 'int', summary: 'Written' },
      ],
    },
  ],
  cost: 'One read in its extra thread; its main thread is not asked.',
  async *run(context) {
    const { args, caller, services } = context;
    const { decode, input, output } = args.options;
    const file = args.positional[0] ?? input;
    if (file === undefined) throw new CommandFailure('base64: No file, nor input');
    const limit = sizeLimitOf(args, context);
    if (!roleIncludes(caller.role, 'admin')) {
      throw new CommandFailure(
        `base64: what a file holds is not masked here, which needs the role admin, and this caller has ${caller.role}; \`cat\` masks`,
      );
    }
    const bytes = await readFileOf(await context.target(), String(file), limit);
    const made =
      decode === true ? decoded(String(file), bytes) : Buffer.from(bytes.toString('base64'), 'latin1');
    if (output === undefined) {
      yield { type: 'base64', content: made.toString('utf8') };
      return;
    }
    const written = await outputOf(services).create(String(output), { risk: 'change' });
    await written.write(made);
    await written.close();
    const { name, url, path } = written;
    yield { type: 'base64' };
    yield { type: 'redirect', file: name, url, path, bytes: made.length };
  },
  render: ({ type, content, file, url, bytes }, style) => {
    if (type === 'redirect')
      return style.dim(`${String(bytes)} bytes in ${String(file)}, to be had at ${String(url)}`);
    return content === undefined ? undefined : String(content);
  },
};

function decoded(file: string, bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw new CommandFailure(`${file}: Is not base64`);
  return Buffer.from(text, 'base64');
}
