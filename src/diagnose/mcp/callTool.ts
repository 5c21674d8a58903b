import type { CallToolResult } from '@modelcontextprotocol/server';
import { type Caller, RemoraError, type Risk, roleForRisk, roleIncludes } from '../../base/index.js';
import type { Command } from '../command.js';
import type { Published } from '../published.js';
import { type BoundCall, bindArguments } from './bindArguments.js';
import type { CallRate } from './callRate.js';
import { callRefused, callResult } from './callResult.js';
import { changeNotAllowed, toolAboveCeiling, toolRoleTooLow, unknownTool } from './errors.js';
import { runCall } from './runCall.js';
import type { Scope } from './scope.js';
import type { McpSettings } from './settings.js';

/** Who calls, and for whom it runs. */
export interface ToolCaller {
  readonly caller: Caller;
  /** What the client calls itself: a claim. */
  readonly client: string | undefined;
  readonly scope: Scope;
  readonly rate: CallRate;
}

/** A call that may be run. */
export interface AdmittedCall {
  readonly command: Command;
  readonly call: BoundCall;
  readonly risk: Risk;
}

const NAME_CHARACTERS = 100;

/**
 * Finds the command, understands the input, and asks whether this caller may: the agent's flags and ceiling, the role, the
 * rate. What is refused is audited.
 *
 * @throws RemoraError with the reason and the way out.
 */
export function admitCall(
  settings: McpSettings,
  who: ToolCaller,
  name: string,
  input: Readonly<Record<string, unknown>>,
): AdmittedCall {
  const command = settings.store.registry.all.find((each) => each.name === name);
  let call: BoundCall | undefined;
  let risk: Risk = command?.risk ?? 'read';
  try {
    if (!command) throw unknownTool(name);
    who.rate.take(`${who.caller.kind}:${who.caller.user}`);
    checkRisk(settings, who.caller, command, risk);
    call = bindArguments(command, input);
    risk = command.riskOf?.(call.args) ?? command.risk;
    checkRisk(settings, who.caller, command, risk);
    return { command, call, risk };
  } catch (error) {
    if (error instanceof RemoraError)
      auditRefusal(settings, who, { command, name, line: call?.line, risk }, error);
    throw error;
  }
}

/** A line of audit for a call that no job was made of. */
export function auditRefusal(
  settings: McpSettings,
  who: ToolCaller,
  what: { command: Command | undefined; name: string; line: string | undefined; risk: Risk },
  error: RemoraError,
): void {
  settings.store.settings.onCommand?.({
    caller: who.caller,
    line: what.line ?? what.name.slice(0, NAME_CHARACTERS),
    command: what.command?.name ?? 'unknown-tool',
    via: { protocol: 'mcp', client: who.client },
    risk: what.risk,
    outcome: 'refused',
    reason: error.text,
    sessionId: '',
  });
}

function checkRisk(settings: McpSettings, caller: Caller, { name }: Command, risk: Risk): void {
  if (!settings.store.allow.includes(risk)) throw toolAboveCeiling(name, risk);
  if (risk === 'change' && !settings.allowChange) throw changeNotAllowed(name);
  if (!roleIncludes(caller.role, roleForRisk(risk))) throw toolRoleTooLow(name, risk, caller.role);
}

export interface RunWish {
  readonly waitMs: number;
  /** Each of them ends the call. */
  readonly cancel: readonly AbortSignal[];
  /** Counts towards the calls of the session; a task has a limit of its own. */
  readonly plain: boolean;
  onResult?(published: Published): void;
}

/** Runs an admitted call. What goes wrong is a result that says so; rejects only for a fault of ours. */
export async function runTool(
  settings: McpSettings,
  who: ToolCaller,
  { command, call, risk }: AdmittedCall,
  wish: RunWish,
): Promise<CallToolResult> {
  const startTime = settings.store.clock.now();
  const start = performance.now();
  let sessionId = '';
  const head = () => ({
    tool: command.name,
    line: call.line,
    sessionId,
    startTime,
    durationMs: Math.round(performance.now() - start),
  });
  try {
    return await who.scope.use(call.process, wish.cancel, wish.plain, async (session, signal) => {
      sessionId = session.sessionId;
      const end = await runCall({
        store: settings.store,
        session,
        command,
        call,
        caller: who.caller,
        client: who.client,
        waitMs: wish.waitMs,
        signal,
        onResult: wish.onResult,
      });
      return callResult(head(), end);
    });
  } catch (error) {
    if (!(error instanceof RemoraError)) throw error;
    // A job that cannot be made is audited where that is found out.
    if (sessionId === '')
      auditRefusal(settings, who, { command, name: command.name, line: call.line, risk }, error);
    return callRefused(head(), error);
  }
}

/** The result of a call that was refused before it could run. */
export function refusedTool(settings: McpSettings, name: string, error: RemoraError): CallToolResult {
  const tool = name.slice(0, NAME_CHARACTERS);
  const startTime = settings.store.clock.now();
  return callRefused({ tool, line: tool, sessionId: '', startTime, durationMs: 0 }, error);
}
