import type { Command } from '../command.js';
import { renderTable } from '../render/index.js';

interface JobRow {
  readonly jobId: number;
  readonly line: string;
  readonly status: string;
  readonly startTime: string;
  readonly session: string;
  readonly own: boolean;
  readonly background: boolean;
  readonly resultCount: number;
}

/** A session id lets its bearer read the session: of others only so much is shown as tells them apart. */
const SHOWN_OF_OTHERS = 8;

export const jobs: Command = {
  name: 'jobs',
  summary: 'List the running jobs of all sessions',
  description:
    'A star marks jobs of your own session; of other sessions only the beginning of the id is shown.',
  examples: [{ line: 'jobs', shows: 'each job with its id, state, line and number of results' }],
  options: [],
  args: [],
  needs: 'none',
  risk: 'read',
  results: [
    {
      type: 'jobs',
      fields: [
        {
          name: 'jobs',
          type: '{jobId,line,status,startTime,session,own,background,resultCount}[]',
          summary: 'Running jobs, oldest first, without this one',
        },
      ],
    },
  ],
  cost: 'None: no process is asked.',
  *run({ jobId, sessionId, services }) {
    const rows = services
      .jobs()
      .filter((job) => job.jobId !== jobId)
      .map((job) => {
        const own = job.sessionId === sessionId;
        return {
          jobId: job.jobId,
          line: job.line,
          status: job.status,
          startTime: new Date(job.startTime),
          session: own ? job.sessionId : job.sessionId.slice(0, SHOWN_OF_OTHERS),
          own,
          background: job.background,
          resultCount: job.resultCount,
        };
      });
    yield { type: 'jobs', jobs: rows };
  },
  render: (result, style, width) => {
    const rows = result.jobs as readonly JobRow[];
    if (rows.length === 0) return undefined;
    const columns = [
      { title: 'ID', min: 5, paint: style.cyan },
      { title: 'STATUS', min: 7 },
      { title: 'STARTED', min: 19 },
      { title: 'RESULTS', align: 'right' as const, min: 7 },
      { title: 'SESSION', min: 8 },
      { title: 'COMMAND', min: 20 },
    ];
    return renderTable(
      columns,
      rows.map((job) => [
        `[${job.jobId}]${job.own ? '*' : ''}`,
        job.status,
        job.startTime,
        String(job.resultCount),
        job.session.slice(0, SHOWN_OF_OTHERS),
        job.line,
      ]),
      style,
      width,
    );
  },
};
