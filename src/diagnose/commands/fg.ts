import type { Command } from '../command.js';
import { chosenJob } from '../jobChoice.js';

export const fg: Command = {
  name: 'fg',
  summary: 'Continue a job in the foreground',
  description:
    'A stopped job (Ctrl-Z) goes on, and one that runs in the background is waited for again, so that Ctrl-C ends it. ' +
    'Without a number: the newest of this session.',
  examples: [{ line: 'fg 7', shows: 'the results of job 7 as they come' }],
  options: [],
  args: [
    { name: 'job-id', required: false, summary: 'A number from `jobs`; `%7` does too', completes: 'job' },
  ],
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'What the job costs.',
  *run(context) {
    const job = chosenJob(context, 'fg', () => true);
    yield { type: 'message', message: job.line };
    context.services.continueJob(job.jobId, context.sessionId, 'foreground');
  },
  render: () => undefined,
};
