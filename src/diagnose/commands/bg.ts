import type { Command } from '../command.js';
import { alreadyRunning } from '../errors.js';
import { chosenJob } from '../jobChoice.js';

export const bg: Command = {
  name: 'bg',
  summary: 'Continue a stopped job in the background',
  description:
    'Its results come as before, and other commands can be typed. Without a number: the newest stopped job of this session.',
  examples: [{ line: 'bg 7', shows: 'that job 7 goes on' }],
  options: [],
  args: [
    { name: 'job-id', required: false, summary: 'A number from `jobs`; `%7` does too', completes: 'job' },
  ],
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'What the job costs.',
  *run(context) {
    const job = chosenJob(context, 'bg', ({ status }) => status === 'STOPPED');
    if (job.status !== 'STOPPED') throw alreadyRunning(job.jobId);
    yield { type: 'message', message: `[${job.jobId}] ${job.line} &` };
    context.services.continueJob(job.jobId, context.sessionId, 'background');
  },
  render: () => undefined,
};
