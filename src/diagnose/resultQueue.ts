import { type Published, publishDropped } from './published.js';

/**
 * Bytes in use by all queues of a store together, so that many idle readers cannot fill the memory. When there are too
 * many, the biggest queues give way: a reader that keeps up loses nothing to those that do not.
 */
export class ByteBudget {
  private inUse = 0;
  private readonly queues = new Set<ResultQueue>();

  constructor(private readonly limit: () => number) {}

  get used(): number {
    return this.inUse;
  }

  get exceeded(): boolean {
    return this.inUse > this.limit();
  }

  register(queue: ResultQueue): void {
    this.queues.add(queue);
  }

  unregister(queue: ResultQueue): void {
    this.queues.delete(queue);
  }

  add(bytes: number): void {
    this.inUse += bytes;
  }

  /** Call after something was put in. */
  relieve(): void {
    while (this.exceeded) {
      let biggest: ResultQueue | undefined;
      for (const queue of this.queues) {
        if (queue.size > 1 && queue.byteSize > (biggest?.byteSize ?? 0)) biggest = queue;
      }
      if (!biggest) return;
      // By half: the next search is then far off.
      biggest.shrinkTo(biggest.byteSize / 2);
    }
  }
}

export interface QueueBounds {
  readonly results: number;
  readonly bytes: number;
  /** False = as the reference: drop the oldest whatever it is, and leave no trace. */
  readonly marksLosses: boolean;
}

/** A hole in the queue. */
interface Gap {
  count: number;
  /** 0 once results of several jobs were lost here. */
  jobId: number;
}

/**
 * First in, first out, bounded by number and bytes. When full, the oldest result goes and a gap with a count stays in
 * its place; the end of a job is spared as long as anything else can go.
 */
export class ResultQueue {
  private readonly entries: (Published | Gap)[] = [];
  private results = 0;
  private bytes = 0;

  constructor(
    private readonly bounds: QueueBounds,
    private readonly budget: ByteBudget,
  ) {
    budget.register(this);
  }

  /** Results waiting, gaps not counted. */
  get size(): number {
    return this.results;
  }

  get byteSize(): number {
    return this.bytes;
  }

  get full(): boolean {
    return this.results >= this.bounds.results;
  }

  get empty(): boolean {
    return this.entries.length === 0;
  }

  push(result: Published): void {
    this.entries.push(result);
    this.count(result, 1);
    while (this.results > 1 && this.over()) this.dropOne();
    this.budget.relieve();
  }

  /** Drops the oldest until no more than so many bytes, or one result, are left. */
  shrinkTo(bytes: number): void {
    while (this.results > 1 && this.bytes > bytes) this.dropOne();
  }

  /** The next result; a gap comes out as a `dropped` result. */
  take(): Published | undefined {
    const entry = this.entries.shift();
    if (entry === undefined) return undefined;
    if (isGap(entry)) return publishDropped(entry.jobId, entry.count);
    this.count(entry, -1);
    return entry;
  }

  /** Puts back what was taken and could not be delivered. */
  restore(results: readonly Published[]): void {
    this.entries.unshift(...results);
    for (const result of results) this.count(result, 1);
  }

  /** All that is in it, oldest first, without taking it out. */
  peekAll(): Published[] {
    return this.entries.map((entry) => (isGap(entry) ? publishDropped(entry.jobId, entry.count) : entry));
  }

  /** The end of this queue. */
  close(): void {
    this.budget.add(-this.bytes);
    this.budget.unregister(this);
    this.entries.length = 0;
    this.results = 0;
    this.bytes = 0;
  }

  private over(): boolean {
    return this.results > this.bounds.results || this.bytes > this.bounds.bytes;
  }

  private count(result: Published, sign: 1 | -1): void {
    this.results += sign;
    this.bytes += sign * result.bytes;
    this.budget.add(sign * result.bytes);
  }

  /** Called with at least two results; the newest always stays. */
  private dropOne(): void {
    const last = this.entries.length - 1;
    let index = this.entries.findIndex(
      (entry, at) => at < last && !isGap(entry) && !(entry.keep && this.bounds.marksLosses),
    );
    if (index < 0) index = this.entries.findIndex((entry) => !isGap(entry));
    const dropped = this.entries[index];
    if (dropped === undefined || isGap(dropped)) return;
    this.count(dropped, -1);
    if (!this.bounds.marksLosses) {
      this.entries.splice(index, 1);
      return;
    }
    this.entries[index] = { count: 1, jobId: dropped.jobId };
    this.mergeGaps(index, index + 1);
    this.mergeGaps(index - 1, index);
  }

  private mergeGaps(at: number, next: number): void {
    const gap = this.entries[at];
    const other = this.entries[next];
    if (gap === undefined || other === undefined || !isGap(gap) || !isGap(other)) return;
    gap.count += other.count;
    if (gap.jobId !== other.jobId) gap.jobId = 0;
    this.entries.splice(next, 1);
  }
}

function isGap(entry: Published | Gap): entry is Gap {
  return 'count' in entry;
}
