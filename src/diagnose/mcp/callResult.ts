import type { CallToolResult } from '@modelcontextprotocol/server';
import type { RemoraError } from '../../base/index.js';
import { boundResults } from './boundResults.js';
import { UNTRUSTED } from './resultShape.js';
import type { CallEnd } from './runCall.js';

interface CallHead {
  readonly tool: string;
  readonly line: string;
  readonly sessionId: string;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly durationMs: number;
}

/** Results that say nothing by themselves: a command that was stopped before its first real one saw nothing. */
const EMPTY_TYPES = new Set(['status', 'message', 'dropped']);

/** What a tool call came to: one object, as structured content and as text (wire/arthas.md 4.4). */
export function callResult(head: CallHead, end: CallEnd): CallToolResult {
  const { timedOut, cancelled, statusCode } = end;
  const seen = end.results.some(({ type }) => !EMPTY_TYPES.has(type));
  const nothing = timedOut && !seen;
  const error = nothing
    ? `there was no result within ${seconds(head.durationMs)}${end.message === undefined ? '' : `: ${end.message}`}`
    : statusCode === 0
      ? undefined
      : (end.message ?? `${head.tool} ended with status ${statusCode}`);
  const { results, warning } = boundResults(end.results);
  return assemble(head, {
    error,
    message: sentence(head, end, error !== undefined),
    timedOut,
    timeout: nothing ? true : undefined,
    cancelled: cancelled ? true : undefined,
    jobId: end.jobId,
    resultCount: end.results.length,
    warning,
    results,
  });
}

/** A call that was not run. */
export function callRefused(head: CallHead, error: RemoraError): CallToolResult {
  return assemble(head, { error: error.text, timedOut: false, resultCount: 0, results: [] });
}

interface Rest {
  readonly error: string | undefined;
  readonly message?: string;
  readonly timedOut: boolean;
  readonly timeout?: true;
  readonly cancelled?: true;
  readonly jobId?: number;
  readonly resultCount: number;
  readonly warning?: string;
  readonly results: readonly object[];
}

/** The mark stands ahead of what it is about. JSON keeps the two apart: no text of a process can leave its string. */
function assemble(head: CallHead, { results, ...rest }: Rest): CallToolResult {
  const failed = rest.error !== undefined;
  const structured = {
    command: head.line,
    success: !failed,
    status: failed ? 'error' : 'completed',
    stage: 'final',
    ...rest,
    executionTime: head.startTime,
    durationMs: head.durationMs,
    sessionId: head.sessionId,
    untrusted: UNTRUSTED,
    results,
  };
  const text = JSON.stringify(structured);
  return {
    content: [{ type: 'text', text, _meta: { 'remora/untrusted': true } }],
    // Without the members that are undefined.
    structuredContent: JSON.parse(text) as Record<string, unknown>,
    isError: failed,
    _meta: { 'remora/untrusted': true },
  };
}

function sentence(head: CallHead, end: CallEnd, failed: boolean): string {
  const count = end.results.filter(({ type }) => type !== 'status').length;
  const after = seconds(head.durationMs);
  const how = end.cancelled
    ? 'was cancelled'
    : end.timedOut
      ? 'was ended by its time'
      : failed
        ? 'failed'
        : 'ended';
  return `${head.tool} ${how} after ${after} with ${count} result(s)`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
