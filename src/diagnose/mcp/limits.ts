import { defineLimit } from '../../base/index.js';

/** Every bound of `/mcp`. docs/limits.md and docs/mcp.md are made from these. */

export const mcpSessions = defineLimit({
  name: 'mcp-sessions',
  unit: 'count',
  default: 50,
  summary: 'MCP sessions at once; an idle one gives way, otherwise 503',
});
export const mcpSessionIdle = defineLimit({
  name: 'mcp-session-idle',
  unit: 's',
  default: 1800,
  summary: 'An MCP session without a request, a running call or an open stream for this long is ended',
});
export const mcpProcessIdle = defineLimit({
  name: 'mcp-process-idle',
  unit: 's',
  default: 1500,
  summary: 'A process that no call of an MCP session has named for this long is no longer held by it',
});
export const mcpProcesses = defineLimit({
  name: 'mcp-processes',
  unit: 'count',
  default: 8,
  summary: 'Processes that one MCP session holds; the one used longest ago gives way',
});
export const mcpBodyBytes = defineLimit({
  name: 'mcp-body-bytes',
  unit: 'bytes',
  default: 1024 * 1024,
  summary: 'Body of one request to /mcp; over it 413',
});
export const mcpBodyDepth = defineLimit({
  name: 'mcp-body-depth',
  unit: 'count',
  default: 64,
  summary: 'Lists and objects inside each other in the body of a request to /mcp; over it 400',
});
export const mcpCalls = defineLimit({
  name: 'mcp-calls',
  unit: 'count',
  default: 8,
  summary: 'Tool calls of one MCP session running at once, tasks left out; over it the call is refused',
});
export const mcpCallRate = defineLimit({
  name: 'mcp-calls-per-minute',
  unit: 'count',
  default: 120,
  summary: 'Tool calls of one caller in a minute, over all their MCP sessions; over it the call is refused',
});
export const mcpCallTime = defineLimit({
  name: 'mcp-call-time',
  unit: 's',
  default: 30,
  summary:
    'Time of a tool call that says no `waitSeconds`; then the command is ended, and what was seen is the answer',
});
export const mcpCallTimeMost = defineLimit({
  name: 'mcp-call-time-most',
  unit: 's',
  default: 600,
  summary: 'Largest `waitSeconds` of a tool call; what takes longer is a task',
});
export const mcpResume = defineLimit({
  name: 'mcp-resume',
  unit: 's',
  default: 10,
  summary: 'A call whose client has gone is ended after this time, unless it comes back with `Last-Event-ID`',
});
export const mcpTasks = defineLimit({
  name: 'mcp-tasks',
  unit: 'count',
  default: 5,
  summary: 'Tasks of one MCP session running at once; over it the call is refused',
});
export const mcpTasksKept = defineLimit({
  name: 'mcp-tasks-kept',
  unit: 'count',
  default: 20,
  summary:
    'Tasks of one MCP session that are kept, running ones included; the oldest that has ended gives way',
});
export const mcpTaskTime = defineLimit({
  name: 'mcp-task-time',
  unit: 's',
  default: 1800,
  summary:
    'Time to live of a task from its start: shortly before it is over the command is ended, after it the result is gone',
});
export const mcpProgressEvery = defineLimit({
  name: 'mcp-progress-every',
  unit: 'ms',
  default: 1000,
  summary: 'Least time between two progress notifications of one call',
});
export const mcpResultBytes = defineLimit({
  name: 'mcp-result-bytes',
  unit: 'bytes',
  default: 96 * 1024,
  summary: 'JSON of the results of one tool call; what is cut out of the middle is counted and said',
});
export const mcpToolsPage = defineLimit({
  name: 'mcp-tools-page',
  unit: 'count',
  default: 100,
  summary: 'Tools in one page of tools/list, and tasks in one of tasks/list',
});
export const mcpReplayEvents = defineLimit({
  name: 'mcp-replay-events',
  unit: 'count',
  default: 200,
  summary: 'Events that an MCP session keeps for a client that comes back with `Last-Event-ID`',
});
export const mcpReplayBytes = defineLimit({
  name: 'mcp-replay-bytes',
  unit: 'bytes',
  default: 2 * 1024 * 1024,
  summary: 'JSON of these events',
});
export const mcpStreamBytes = defineLimit({
  name: 'mcp-stream-bytes',
  unit: 'bytes',
  default: 8 * 1024 * 1024,
  summary: 'Bytes that wait for a client that does not read its stream; over it the connection is cut',
});
