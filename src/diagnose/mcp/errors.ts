import { RemoraError, type Risk, type Role, roleForRisk } from '../../base/index.js';

/** All texts with which `/mcp` says no. */

export function unknownParameter(tool: string, name: string, known: readonly string[]): RemoraError {
  return new RemoraError('bad-tool-arguments', `${tool} has no parameter '${name.slice(0, 100)}'`, {
    hint: `It takes ${known.join(', ')}`,
  });
}

export function badParameter(tool: string, name: string, why: string): RemoraError {
  return new RemoraError('bad-tool-arguments', `${tool}: ${name === '' ? 'the arguments' : name} ${why}`, {
    hint: 'tools/list has the schema',
  });
}

export function argumentSkipped(tool: string, missing: string, given: string): RemoraError {
  return new RemoraError('bad-tool-arguments', `${tool}: '${given}' stands after '${missing}' and needs it`, {
    hint: `Give '${missing}' as well`,
  });
}

export function unknownTool(name: string): RemoraError {
  return new RemoraError('unknown-tool', `There is no tool '${name.slice(0, 100)}'`, {
    hint: 'tools/list names them',
  });
}

/** What a caller must do for more rights. */
export function toolRoleTooLow(tool: string, risk: Risk, role: Role): RemoraError {
  const needed = roleForRisk(risk);
  return new RemoraError(
    'role-too-low',
    `not permitted: '${tool}' (risk ${risk}) needs the role ${needed}, and over MCP this caller has ${role}`,
    { hint: `${howToGet(risk)}; ask the user to do so if it is needed` },
  );
}

function howToGet(risk: Risk): string {
  if (risk === 'change')
    return 'Connect with a token of the role admin (--token NAME:admin:FILE on the agent)';
  return (
    'Connect with a token of the role operator (--token NAME:operator:FILE on the agent), or start the agent with ' +
    '--mcp-role operator'
  );
}

export function changeNotAllowed(tool: string): RemoraError {
  return new RemoraError(
    'mcp-change-not-allowed',
    `not permitted: with these arguments '${tool}' is of risk 'change', which this agent does not take over MCP`,
    {
      hint: 'Its owner can start it with --mcp-allow-change; the command line and the Arthas API are not affected',
    },
  );
}

export function toolAboveCeiling(tool: string, risk: Risk): RemoraError {
  return new RemoraError(
    'above-ceiling',
    `not permitted: '${tool}' is of risk '${risk}', which this agent does not allow to anybody`,
    { hint: `Its owner can start it with --allow ${risk}` },
  );
}

export function tooManyCalls(limit: number, name: string): RemoraError {
  return new RemoraError('too-many-calls', `${limit} calls of this session are running, which is the limit`, {
    hint: `Wait for one of them; the limit is named ${name}`,
  });
}

export function tooManyTasks(limit: number, name: string): RemoraError {
  return new RemoraError('too-many-tasks', `${limit} tasks of this session are running, which is the limit`, {
    hint: `tasks/cancel ends one; the limit is named ${name}`,
  });
}

export function tooFast(limit: number, seconds: number, name: string): RemoraError {
  return new RemoraError(
    'too-fast',
    `there were ${limit} calls of this caller within a minute, which is the limit`,
    {
      hint: `Wait ${seconds} s; the limit is named ${name}`,
    },
  );
}

export function taskNotFound(taskId: string): RemoraError {
  return new RemoraError('task-not-found', `There is no task '${taskId.slice(0, 100)}' in this session`, {
    hint: 'It never was, or its time to live is over; tasks/list names those that are',
  });
}

export function taskHasEnded(taskId: string, status: string): RemoraError {
  return new RemoraError('task-has-ended', `The task '${taskId}' has ended already (${status})`, {
    hint: 'tasks/result has its result',
  });
}

export function badCursor(cursor: string): RemoraError {
  return new RemoraError('bad-cursor', `The cursor '${cursor.slice(0, 100)}' is none of ours`, {
    hint: 'Take nextCursor of the page before, or none for the first page',
  });
}

export function unknownPrompt(name: string): RemoraError {
  return new RemoraError('unknown-prompt', `There is no prompt '${name.slice(0, 100)}'`, {
    hint: 'prompts/list names them',
  });
}

export function mcpClosing(): RemoraError {
  return new RemoraError('draining', 'This agent is shutting down', {
    hint: 'Connect again when it is back',
  });
}

export function tooManyMcpSessions(limit: number, name: string): RemoraError {
  return new RemoraError('too-many-requests', `There are ${limit} busy MCP sessions, which is the limit`, {
    hint: `DELETE ends one; the limit is named ${name}`,
  });
}

// ---- requests that reach no session; http knows the status of each code ----

export function badAccept(needed: readonly string[]): RemoraError {
  return new RemoraError('bad-accept', `The header Accept must name ${needed.join(' and ')}`, {
    hint: 'This is an endpoint of the Model Context Protocol (Streamable HTTP); docs/mcp.md says how to connect',
  });
}

export function notJson(): RemoraError {
  return new RemoraError('not-json', 'The body is not JSON', { hint: 'Send one JSON-RPC 2.0 message' });
}

export function tooDeep(limit: number, name: string): RemoraError {
  return new RemoraError('too-deep', `The body has more than ${limit} lists and objects inside each other`, {
    hint: `No tool takes such values; the limit is named ${name}`,
  });
}

export function noSessionHeader(): RemoraError {
  return new RemoraError('no-mcp-session', 'The header Mcp-Session-Id is missing', {
    hint: 'Send `initialize` first; its answer has the header',
  });
}

export function mcpSessionNotFound(): RemoraError {
  return new RemoraError('mcp-session-not-found', 'Session not found', {
    hint: 'It has ended, or it is not yours: send `initialize` again',
  });
}

export function notReplayable(): RemoraError {
  return new RemoraError('mcp-event-not-found', 'What came after that Last-Event-ID is no longer kept', {
    hint: 'Open the stream anew without it; results that were lost must be asked for again',
  });
}
