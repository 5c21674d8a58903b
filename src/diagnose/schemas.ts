import { Type } from 'typebox';

const text = (description: string) => Type.Optional(Type.String({ description }));

/** POST /api, wire/arthas.md 1.2. For the docs: the parser is more lenient than this. */
export const API_REQUEST = Type.Object({
  action: Type.String({
    description:
      'exec, async_exec, interrupt_job, pull_results, init_session, join_session, close_session or session_info',
  }),
  requestId: text('Chosen by the client, comes back in the answer'),
  sessionId: text('Absent for a one-time exec'),
  consumerId: text('Which reader of the session asks; for pull_results'),
  command: text('One command line'),
  execTimeout: Type.Optional(
    Type.Union([Type.Integer(), Type.String()], { description: 'Milliseconds, default 30000; for exec' }),
  ),
  userId: text('A label that `session` shows'),
  process: text('Remora: container id, pid, name or name#2 of the process'),
  compat: text(
    'Remora: `arthas-4` loses results where the reference does; for init_session and one-time exec',
  ),
});

export const API_RESPONSE = Type.Object({
  state: Type.Union(
    ['SCHEDULED', 'SUCCEEDED', 'FAILED', 'REFUSED', 'INTERRUPTED'].map((state) => Type.Literal(state)),
  ),
  message: text('Why not'),
  requestId: text('As it was sent'),
  sessionId: text('The session'),
  consumerId: text('The reader'),
  body: Type.Optional(
    Type.Object({
      command: text('The command line as it was sent'),
      jobId: Type.Optional(Type.Integer()),
      jobStatus: text('READY, RUNNING, STOPPED or TERMINATED'),
      timeExpired: Type.Optional(Type.Boolean()),
      timeout: Type.Optional(Type.Integer({ description: 'Milliseconds, with timeExpired' })),
      results: Type.Optional(Type.Array(Type.Object({ type: Type.String(), jobId: Type.Integer() }))),
      pid: Type.Optional(Type.Integer()),
      createTime: Type.Optional(Type.Integer({ description: 'Milliseconds since the epoch' })),
      lastAccessTime: Type.Optional(Type.Integer({ description: 'Milliseconds since the epoch' })),
    }),
  ),
});

export const COMPLETE_REQUEST = Type.Object({
  line: Type.String({ maxLength: 65_536, description: 'The command line so far' }),
  cursor: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Characters before the cursor; default all' }),
  ),
  sessionId: text('For modules and functions of its process'),
  process: text('The process, where there is no session'),
});

export const COMPLETE_RESPONSE = Type.Object({
  from: Type.Integer({ description: 'Where the word begins that a candidate replaces up to the cursor' }),
  candidates: Type.Array(Type.Object({ text: Type.String(), summary: Type.String() })),
});
