import { type Command, type CommandArguments, CommandFailure } from '../command.js';

/** Whoever guesses is slowed down. */
const REFUSED_MS = 500;

export const auth: Command = {
  name: 'auth',
  summary: 'Show who you are to this agent, or act as the owner of a token',
  description:
    'A token of the agent (`--token-file`) that has a higher role than yours raises you to it, in this session and for ' +
    'you alone; the audit names the token. Without one it says who you are. The token is kept nowhere: `jobs`, `history` and the audit show `auth ***`.',
  examples: [{ line: 'auth', shows: 'your name and role' }],
  options: [
    {
      short: 'n',
      long: 'username',
      kind: 'string',
      summary: 'The name of the token; checked where it is given',
    },
  ],
  args: [{ name: 'token', required: false, summary: 'A token of this agent' }],
  needs: 'none',
  risk: 'read',
  isSecret: true,
  results: [],
  cost: 'None: no process is asked.',
  // biome-ignore lint/correctness/useYield: its result is its status, as in the reference
  async *run({ args, caller, services, sessionId, signal }) {
    const [secret] = args.positional;
    if (secret === undefined) {
      return {
        statusCode: 0,
        message: `Authentication result: true, Need authentication: false, username: ${caller.user}, role: ${caller.role}`,
      };
    }
    const found = services.authenticate(secret);
    const name = nameOf(args);
    if (!found || (name !== undefined && name !== found.user)) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, REFUSED_MS);
        signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
      });
      throw new CommandFailure(`Authentication result: false, username: ${name ?? caller.user}`, 1);
    }
    services.raise(sessionId, caller, found);
    return {
      statusCode: 0,
      message: `Authentication result: true, username: ${found.user}, role: ${found.role}`,
    };
  },
  render: () => undefined,
};

function nameOf({ options }: CommandArguments): string | undefined {
  return typeof options.username === 'string' ? options.username : undefined;
}
