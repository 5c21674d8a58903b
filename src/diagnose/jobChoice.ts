import type { CommandContext } from './command.js';
import { noCurrentJob, noSuchJob, notYours } from './errors.js';
import type { JobView } from './services.js';

/** `7` or `%7`; undefined for what is no number of a job. */
export function jobNumber(text: string): number | undefined {
  return /^%?\d{1,15}$/.test(text) ? Number(text.replace('%', '')) : undefined;
}

/**
 * The job of this session that `fg` or `bg` names, or the newest that fits.
 * @throws CommandFailure with the texts of wire/arthas.md 3.10
 */
export function chosenJob(
  { args, services, sessionId, jobId }: CommandContext,
  word: 'fg' | 'bg',
  fits: (job: JobView) => boolean,
): JobView {
  const [text] = args.positional;
  const jobs = services.jobs().filter((job) => job.jobId !== jobId);
  if (text === undefined) {
    const newest = jobs.filter((job) => job.sessionId === sessionId && fits(job)).at(-1);
    if (!newest) throw noCurrentJob(word);
    return newest;
  }
  const job = jobs.find((one) => one.jobId === jobNumber(text));
  if (!job) throw noSuchJob(text);
  if (job.sessionId !== sessionId) throw notYours(job.jobId, word);
  return job;
}
