import { roleIncludes } from '../../base/index.js';
import { type Command, CommandFailure } from '../command.js';
import { jobOfOther, KILL_USAGE, noSuchJob } from '../errors.js';
import { jobNumber } from '../jobChoice.js';

export const kill: Command = {
  name: 'kill',
  summary: 'End a running job',
  description: 'The job ends with status -10. A job of another session needs the role operator.',
  examples: [{ line: 'kill 7', shows: 'kill job 7 success' }],
  options: [],
  args: [
    { name: 'job-id', required: false, summary: 'A number from `jobs`; `%7` does too', completes: 'job' },
  ],
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'What the job had put into a process is taken out again.',
  *run({ args, caller, sessionId, services }) {
    const [text] = args.positional;
    if (text === undefined) throw new CommandFailure(KILL_USAGE);
    const jobId = jobNumber(text);
    const job = services.jobs().find((one) => one.jobId === jobId);
    if (!job || jobId === undefined) throw noSuchJob(text);
    if (job.sessionId !== sessionId && !roleIncludes(caller.role, 'operator')) throw jobOfOther(jobId);
    services.killJob(jobId);
    yield { type: 'message', message: `kill job ${jobId} success` };
  },
  render: () => undefined,
};
