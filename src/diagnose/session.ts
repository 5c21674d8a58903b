import { type Caller, hexId, type Role, roleIncludes } from '../base/index.js';
import type { Clock } from './clock.js';
import type { Result } from './command.js';
import { Consumer } from './consumer.js';
import { ALL_UNHEALTHY, tooManyConsumers } from './errors.js';
import type { Job } from './job.js';
import {
  consumerIdle,
  consumerLimit,
  queueBytes,
  queueResults,
  replayBytes,
  replayResults,
  streamKeptBytes,
  streamKeptResults,
} from './limits.js';
import { type Published, publish } from './published.js';
import { type ByteBudget, type QueueBounds, ResultQueue } from './resultQueue.js';
import type { SessionView } from './services.js';
import type { SessionTarget } from './sessionTarget.js';

type InputStatus = 'ALLOW_INPUT' | 'ALLOW_INTERRUPT' | 'DISABLED';

/**
 * Queues of the reference (wire/arthas.md 2.5, 2.7), for `compat: "arthas-4"`. Its intake queue of 10 has no like here:
 * results are handed to the readers at once, so an intake could never fill.
 */
const REFERENCE_BOUNDS: QueueBounds = { results: 50, bytes: Number.POSITIVE_INFINITY, marksLosses: false };
/** A late joiner reads a count of what was lost and two input states besides: a full replay must not push itself out. */
const AROUND_REPLAY = 3;
/** It is a label for people. */
const USER_ID_CHARACTERS = 200;

export interface SessionParts {
  readonly sessionId: string;
  readonly clock: Clock;
  readonly budget: ByteBudget;
  readonly target: SessionTarget;
  /** Behaves like the reference where that loses results. */
  readonly likeReference: boolean;
  /** Made for one `exec` and gone with it. */
  readonly oneTime: boolean;
}

/** A conversation: one foreground job at a time, any number of readers, one process it works on. */
export class Session {
  readonly sessionId: string;
  readonly createTime: number;
  readonly target: SessionTarget;
  readonly likeReference: boolean;
  readonly oneTime: boolean;
  lastAccessTime: number;
  userId: string | undefined;
  /** A request is making a job right now. */
  starting = false;
  foreground: Job | undefined;
  /** Somebody sits at a terminal of it. */
  isTerminal = false;
  /** Set by `stop`: nothing new is accepted, what is left may still be read. */
  ending: string | undefined;

  private readonly raised = new Map<string, { readonly user: string; readonly role: Role }>();
  private readonly clock: Clock;
  private readonly budget: ByteBudget;
  private readonly consumers = new Map<string, Consumer>();
  private consumerCount = 0;
  private readonly replay: ResultQueue;
  private lastInput: Published;
  private healthAlarmArmed = true;
  private closed = false;

  constructor(parts: SessionParts) {
    this.sessionId = parts.sessionId;
    this.clock = parts.clock;
    this.budget = parts.budget;
    this.target = parts.target;
    this.likeReference = parts.likeReference;
    this.oneTime = parts.oneTime;
    this.createTime = parts.clock.now();
    this.lastAccessTime = this.createTime;
    this.lastInput = inputStatus('ALLOW_INPUT');
    this.replay = new ResultQueue(this.bounds(replayResults.value, replayBytes.value), this.budget);
  }

  touch(userId: string | undefined): void {
    this.lastAccessTime = this.clock.now();
    if (userId !== undefined) this.userId = userId.slice(0, USER_ID_CHARACTERS);
  }

  /** `auth`: from now on this caller acts in this session as that user, unless they may more already. */
  raise(caller: Caller, as: { readonly user: string; readonly role: Role }): void {
    this.raised.set(callerKey(caller), as);
  }

  /** Who a caller is in this session; others who have its id stay who they are. */
  callerOf(caller: Caller): Caller {
    const as = this.raised.get(callerKey(caller));
    return as && !roleIncludes(caller.role, as.role) ? { ...caller, kind: 'token', ...as } : caller;
  }

  /** The first reader; it gets what is published from now on. */
  addConsumer(): Consumer {
    return this.newConsumer(queueResults.value);
  }

  /** A later reader: first DISABLED, then what it missed, then the input state of now (2.5). */
  joinConsumer(): Consumer {
    const consumer = this.newConsumer(queueResults.value + AROUND_REPLAY);
    consumer.deliver(inputStatus('DISABLED'));
    for (const result of this.replay.peekAll()) consumer.deliver(result);
    consumer.deliver(this.lastInput);
    return consumer;
  }

  consumer(id: string): Consumer | undefined {
    return this.consumers.get(id);
  }

  /** Gives a result to every reader. */
  publish(result: Published): void {
    if (this.closed) return;
    this.replay.push(result);
    this.distribute(result);
  }

  setInput(status: InputStatus): void {
    if (this.closed) return;
    this.lastInput = inputStatus(status);
    this.distribute(this.lastInput);
  }

  /** A result of the session itself. */
  publishOwn(result: Result): void {
    this.publish(publish(0, result));
  }

  /** A reader that will not come again. */
  dropConsumer(id: string): void {
    this.consumers.get(id)?.close('forgotten');
    this.consumers.delete(id);
  }

  /** Drops readers that have not pulled for the limit `consumer-timeout`. */
  dropIdleConsumers(): void {
    for (const consumer of this.consumers.values()) {
      if (consumer.idleMs >= consumerIdle.value * 1000) {
        this.consumers.delete(consumer.id);
        consumer.close('forgotten');
      }
    }
  }

  get idleMs(): number {
    return this.clock.now() - this.lastAccessTime;
  }

  /** Every reader has read everything. */
  get drained(): boolean {
    return [...this.consumers.values()].every((consumer) => consumer.queue.empty);
  }

  get queuedBytes(): number {
    let bytes = this.replay.byteSize;
    for (const consumer of this.consumers.values()) bytes += consumer.queue.byteSize;
    return bytes;
  }

  view(): SessionView {
    return {
      sessionId: this.sessionId,
      createTime: this.createTime,
      lastAccessTime: this.lastAccessTime,
      userId: this.userId,
      consumers: this.consumers.size,
      isTerminal: this.isTerminal,
      target: this.target.current,
    };
  }

  /** Interrupts the foreground job, ends all polls, lets the process go. Background jobs go on, as in the reference. */
  close(): void {
    if (this.closed) return;
    this.foreground?.stop({ kind: 'interrupt' });
    this.closed = true;
    for (const consumer of this.consumers.values()) consumer.close();
    this.consumers.clear();
    this.replay.close();
    this.target.release();
  }

  private newConsumer(results: number): Consumer {
    if (this.consumers.size >= consumerLimit.value) throw tooManyConsumers(consumerLimit.value);
    const id = `${hexId()}_${++this.consumerCount}`;
    const queue = new ResultQueue(this.bounds(results, queueBytes.value), this.budget);
    const sent = { results: streamKeptResults.value, bytes: streamKeptBytes.value, marksLosses: false };
    const consumer = new Consumer(id, queue, new ResultQueue(sent, this.budget), this.clock);
    this.consumers.set(id, consumer);
    return consumer;
  }

  private distribute(result: Published): void {
    if (this.likeReference) this.checkHealth();
    for (const consumer of this.consumers.values()) consumer.deliver(result);
  }

  /** The reference ends the foreground job when no reader keeps up (2.7); once, until one does again. */
  private checkHealth(): void {
    if (this.consumers.size === 0) return;
    if ([...this.consumers.values()].some((consumer) => consumer.healthy)) {
      this.healthAlarmArmed = true;
    } else if (this.healthAlarmArmed) {
      this.healthAlarmArmed = false;
      this.foreground?.stop({ kind: 'interrupt' });
      this.publishOwn({ type: 'message', message: ALL_UNHEALTHY });
    }
  }

  private bounds(results: number, bytes: number): QueueBounds {
    return this.likeReference ? REFERENCE_BOUNDS : { results, bytes, marksLosses: true };
  }
}

function callerKey({ kind, user }: Caller): string {
  return `${kind} ${user}`;
}

/** There are three of them, and every job publishes two: serialized once. */
const INPUT_STATES: Readonly<Record<InputStatus, Published>> = {
  ALLOW_INPUT: publish(0, { type: 'input_status', inputStatus: 'ALLOW_INPUT' }),
  ALLOW_INTERRUPT: publish(0, { type: 'input_status', inputStatus: 'ALLOW_INTERRUPT' }),
  DISABLED: publish(0, { type: 'input_status', inputStatus: 'DISABLED' }),
};

function inputStatus(status: InputStatus): Published {
  return INPUT_STATES[status];
}
