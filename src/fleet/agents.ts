import { counters, epochMs, monotonicMs, RemoraError } from '../base/index.js';
import type { StateTable } from '../store/index.js';
import { agentNotFound, tooMany } from './errors.js';
import type { AgentTags } from './groups.js';
import { agentCount, agentForget, agentSilence } from './limits.js';
import { Mirror, type MirrorOptions } from './mirror.js';
import { checkAgentId } from './names.js';
import { type AgentRecord, byteOrder } from './records.js';

const SWEEP_MS = 60_000;
const heartbeats = counters.counter('fleet.heartbeats', 'heartbeats of agents');
const writes = counters.counter('fleet.heartbeats.written', 'heartbeats that said something new');

/** What an agent says of itself with every heartbeat. */
export interface Heartbeat {
  readonly id: string;
  readonly type: string;
  readonly version: string;
  readonly ip: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: string;
  readonly startup: bigint;
}

/** `unknown since restart`: not heard since this server started, which is not long enough ago to tell. */
export type Liveness = 'online' | 'offline' | 'unknown since restart';

export interface AgentView {
  readonly id: string;
  readonly record: AgentRecord;
  /** Milliseconds since the epoch; after a restart of the server, what is known until the next. */
  readonly heartbeat: number;
  readonly liveness: Liveness;
}

/** Of the last heartbeat: on the clock that never jumps, to tell liveness, and on the wall, to show. */
interface Seen {
  at: number;
  wall: number;
}

export interface AgentOptions extends MirrorOptions {
  readonly onForget?: (id: string) => void;
}

export interface AgentClock {
  epochMs(): number;
  monotonicMs(): number;
}

/**
 * The agents. What one says of itself is in the table before its heartbeat is answered; a heartbeat that says nothing new
 * only moves a number in memory. Its cost does not depend on how many agents there are.
 */
export class Agents {
  readonly #mirror: Mirror<AgentRecord>;
  readonly #seen = new Map<string, Seen>();
  readonly #writing = new Map<string, Promise<void>>();
  readonly #clock: AgentClock;
  readonly #started: number;
  readonly #onForget: AgentOptions['onForget'];
  #sweeping = false;
  readonly #stopCounting: () => void;
  readonly #sweeper: NodeJS.Timeout;

  private constructor(mirror: Mirror<AgentRecord>, options: AgentOptions, clock: AgentClock) {
    this.#mirror = mirror;
    this.#clock = clock;
    this.#onForget = options.onForget;
    this.#started = clock.monotonicMs();
    this.#sweeper = setInterval(() => {
      this.forgetSilent().catch(options.onFault);
    }, SWEEP_MS);
    this.#sweeper.unref();
    this.#stopCounting = counters.gauge('fleet.agents', 'agents known', () => this.#mirror.size);
  }

  static async open(
    table: StateTable<AgentRecord>,
    options: AgentOptions,
    clock: AgentClock = { epochMs, monotonicMs },
  ): Promise<Agents> {
    return new Agents(await Mirror.open(table, options), options, clock);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#stopCounting();
    await Promise.allSettled(this.#writing.values());
    await this.#mirror.close();
  }

  get count(): number {
    return this.#mirror.size;
  }

  /** Takes a heartbeat. Undefined = done; a promise = to be waited for, something of it is being written. */
  heartbeat(beat: Heartbeat): Promise<void> | undefined {
    heartbeats.value += 1;
    const known = this.#mirror.get(beat.id);
    if (known && !this.#writing.has(beat.id) && saysTheSame(known.value, beat)) {
      this.#mark(beat.id);
      return undefined;
    }
    return this.#queue(beat.id, () => this.#write(beat));
  }

  /** Throws where there is none. */
  get(id: string): AgentView {
    const entry = this.#mirror.get(id);
    if (!entry) throw agentNotFound(id);
    return this.#view(id, entry.value);
  }

  /** Those whose tags pass, in order of ids. */
  list(passes: (tags: AgentTags) => boolean): AgentView[] {
    const found: AgentView[] = [];
    for (const [id, { value }] of this.#mirror.entries()) {
      if (passes(value.tags)) found.push(this.#view(id, value));
    }
    return found.sort((a, b) => byteOrder(a.id, b.id));
  }

  /** Forgets those that were silent for too long. */
  async forgetSilent(): Promise<number> {
    if (this.#sweeping) return 0;
    this.#sweeping = true;
    let forgotten = 0;
    try {
      for (const [id] of [...this.#mirror.entries()]) {
        if (this.#isSilent(id) && (await this.#forget(id))) forgotten += 1;
      }
    } finally {
      this.#sweeping = false;
    }
    return forgotten;
  }

  #isSilent(id: string): boolean {
    // After a restart nobody knows when those not heard since were heard last: they get the whole time again.
    const last = this.#seen.get(id)?.at ?? this.#started;
    return this.#clock.monotonicMs() - last > agentForget.value * 1000;
  }

  async #forget(id: string): Promise<boolean> {
    let gone = false;
    await this.#queue(id, async () => {
      const entry = this.#mirror.get(id);
      if (!entry || !this.#isSilent(id) || !(await this.#delete(id, entry.revision))) return;
      this.#seen.delete(id);
      this.#onForget?.(id);
      gone = true;
    });
    return gone;
  }

  /** One after another for each agent: the last heartbeat wins, and none is taken in the middle of a deletion. */
  #queue(id: string, task: () => Promise<void>): Promise<void> {
    const before = this.#writing.get(id) ?? Promise.resolve();
    const writing = before
      .catch(() => undefined)
      .then(task)
      .finally(() => {
        if (this.#writing.get(id) === writing) this.#writing.delete(id);
      });
    this.#writing.set(id, writing);
    return writing;
  }

  /** False: it changed meanwhile, so it is alive. */
  async #delete(id: string, revision: number): Promise<boolean> {
    try {
      await this.#mirror.delete(id, revision);
      return true;
    } catch (error) {
      if (error instanceof RemoraError && error.code === 'revision-conflict') return false;
      throw error;
    }
  }

  async #write(beat: Heartbeat): Promise<void> {
    const known = this.#mirror.get(beat.id)?.value;
    if (!known) {
      checkAgentId(beat.id);
      if (this.#mirror.size >= agentCount.value) throw tooMany('agents', agentCount);
    }
    if (!known || !saysTheSame(known, beat)) {
      writes.add();
      const now = this.#clock.epochMs();
      await this.#mirror.put(beat.id, {
        type: beat.type,
        version: beat.version,
        ip: beat.ip,
        tags: Object.entries(beat.tags),
        status: beat.status,
        startup: String(beat.startup),
        firstSeen: known?.firstSeen ?? now,
        heartbeat: now,
      });
    }
    this.#mark(beat.id);
  }

  #mark(id: string): void {
    const seen = this.#seen.get(id);
    if (seen) {
      seen.at = this.#clock.monotonicMs();
      seen.wall = this.#clock.epochMs();
    } else this.#seen.set(id, { at: this.#clock.monotonicMs(), wall: this.#clock.epochMs() });
  }

  #view(id: string, record: AgentRecord): AgentView {
    const seen = this.#seen.get(id);
    return { id, record, heartbeat: seen?.wall ?? record.heartbeat, liveness: this.#liveness(seen) };
  }

  #liveness(seen: Seen | undefined): Liveness {
    const silent = this.#clock.monotonicMs() - (seen?.at ?? this.#started) > agentSilence.value * 1000;
    if (silent) return 'offline';
    return seen ? 'online' : 'unknown since restart';
  }
}

function saysTheSame(known: AgentRecord, beat: Heartbeat): boolean {
  return (
    known.version === beat.version &&
    known.ip === beat.ip &&
    known.status === beat.status &&
    known.type === beat.type &&
    known.startup === String(beat.startup) &&
    sameTags(known.tags, beat.tags)
  );
}

function sameTags(known: AgentTags, tags: Heartbeat['tags']): boolean {
  let count = 0;
  for (const name in tags) if (Object.hasOwn(tags, name)) count += 1;
  if (count !== known.length) return false;
  for (const [name, value] of known) if (!Object.hasOwn(tags, name) || tags[name] !== value) return false;
  return true;
}
