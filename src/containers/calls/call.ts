import type { Audit, Caller, Counters, Log, Permission, Role } from '../../base/index.js';
import type { Call, CallType, ContainerID, Response, VersionInfo } from '../../wire/index.js';
import type { Containers, OutputReader } from '../containers.js';
import { invalid } from '../protocol/refusal.js';

/** What the calls work with, the same for all of them. */
export interface CallServices {
  /** Undefined while the containers of an earlier run are still being found. */
  containers(): Containers | undefined;
  /** The agent's ceiling. */
  readonly allow: readonly Permission[];
  readonly version: VersionInfo;
  readonly counters: Counters;
  readonly log: Log;
  readonly audit?: Audit;
}

/** The records of a streamed call after its first one, decoded. */
export interface LaterCalls {
  /**
   * Undefined at the end, or when `stop` was called. Throws what is wrong with the record, and `client-gone`.
   */
  next(): Promise<Call | undefined>;
  stop(): void;
}

/** One call on its way. */
export interface CallContext extends CallServices {
  readonly live: Containers;
  readonly caller: Caller;
  readonly call: Call;
  /** Of our end of the connection, where it came by TCP. */
  readonly localPort: number | undefined;
  /** Aborted when the client goes. */
  readonly signal: AbortSignal;
  readonly later: LaterCalls;
  /** Writes the audit record now; otherwise it is written when the call has been answered. */
  audited(outcome: string): void;
}

/** What a call is answered with. */
export type CallAnswer =
  | { readonly kind: 'empty'; readonly status: 200 | 202 }
  | { readonly kind: 'object'; readonly response: Response }
  /** `closed` is called when the stream has ended, whoever ended it. */
  | { readonly kind: 'stream'; readonly reader: OutputReader; closed?(): Promise<void> };

type BodyField = Exclude<keyof Call, 'type'>;

/** A call of the agent API. Adding one is a file in this folder and a line in its index. */
export interface AgentCall {
  readonly type: CallType;
  readonly body?: BodyField;
  /** The least role that may call. */
  readonly role: Role;
  /** What the agent's ceiling must allow. */
  readonly permission?: Permission;
  /** The only calls whose request is a stream, and whose answer may be asked for as one. */
  readonly streams?: 'input' | 'output';
  /** It observes or changes something: there is an audit record of it. */
  readonly audited?: boolean;
  /** The container that it is about. */
  subject(call: Call): ContainerID | undefined;
  /** For the audit. */
  commandText(call: Call): string | undefined;
  /** Throws the refusal of a call that is not well formed. */
  validate(call: Call): void;
  /** Absent: 501. */
  run?(context: CallContext): Promise<CallAnswer>;
}

interface CallDefinition<F extends BodyField> {
  readonly type: CallType;
  readonly body: F;
  readonly optionalBody?: boolean;
  readonly role: Role;
  readonly permission?: Permission;
  readonly streams?: 'input' | 'output';
  readonly audited?: boolean;
  /** `name` is that of the body, for the texts. */
  validate?(body: NonNullable<Call[F]>, name: string): void;
  run?(context: CallContext, body: NonNullable<Call[F]>): Promise<CallAnswer>;
}

/** A call with a body of its own, which is there when `run` is called (unless `optionalBody`: then it may be empty). */
export function defineCall<F extends BodyField>(definition: CallDefinition<F>): AgentCall {
  const { body: name, optionalBody, validate, run } = definition;
  const bodyOf = (call: Call): NonNullable<Call[F]> => call[name] ?? ({} as NonNullable<Call[F]>);
  return {
    ...definition,
    subject: (call) => (bodyOf(call) as { container_id?: ContainerID }).container_id,
    commandText: (call) => {
      const { command } = bodyOf(call) as { command?: { value?: string; arguments?: string[] } };
      if (!command) return undefined;
      return [command.value, ...(command.arguments?.slice(1) ?? [])].filter(Boolean).join(' ');
    },
    validate: (call) => {
      const body = call[name];
      if (body === undefined) {
        if (!optionalBody) throw invalid(`Expecting '${name}' to be present`);
      } else validate?.(body, name);
    },
    run: run && ((context) => run(context, bodyOf(context.call))),
  };
}

/** A call without a body that answers one object. */
export function defineGetter(
  type: CallType,
  read: (context: CallContext) => Omit<Response, 'type'> | Promise<Omit<Response, 'type'>>,
): AgentCall {
  return {
    type,
    role: 'viewer',
    subject: () => undefined,
    commandText: () => undefined,
    validate: () => {},
    run: async (context) => ({ kind: 'object', response: { type, ...(await read(context)) } }),
  };
}

export const DONE: CallAnswer = { kind: 'empty', status: 200 };
