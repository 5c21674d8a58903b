import { jsonCodec } from '../store/index.js';

/** What the tables of a fleet hold, as JSON. Times are milliseconds since the epoch. */

/**
 * A config as it is now. A name keeps one counter for ever: each create, update and delete is the next version, so that an
 * agent that compares by "greater" sees every change.
 */
export interface ConfigRecord {
  /** 0 at the first create. */
  readonly version: number;
  readonly deleted: boolean;
  /** The version at which it was last created. A binding made before that is none. */
  readonly incarnation: number;
  readonly agentType: string;
  readonly description: string;
  /** As given; of a deleted one its last. */
  readonly content: string;
  readonly time: number;
}

export interface Tag {
  readonly name: string;
  readonly value: string;
}

export interface Binding {
  readonly time: number;
  /** Of the config, when it was bound. */
  readonly incarnation: number;
}

export interface GroupRecord {
  readonly description: string;
  readonly tags: readonly Tag[];
  /** By name of the config. Pairs in place of an object, which would mistake some names. */
  readonly configs: readonly (readonly [string, Binding])[];
}

/** What an agent said of itself. Its last heartbeat is kept in memory; `heartbeat` is that of the last write. */
export interface AgentRecord {
  readonly type: string;
  readonly version: string;
  readonly ip: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly status: string;
  /** A 64-bit number in decimal: its unit is the agent's. */
  readonly startup: string;
  readonly firstSeen: number;
  readonly heartbeat: number;
}

export interface AlarmRecord {
  readonly type: string;
  readonly detail: string;
}

/** `CPU`, `Memory` and what else the agent reported, as text. */
export interface StatRecord {
  readonly details: readonly (readonly [string, string])[];
}

export const CODECS = {
  config: jsonCodec<ConfigRecord>(),
  group: jsonCodec<GroupRecord>(),
  agent: jsonCodec<AgentRecord>(),
  alarm: jsonCodec<AlarmRecord>(),
  stat: jsonCodec<StatRecord>(),
};

/** By bytes of UTF-8, as stores order keys: by code points, where JavaScript compares halves of pairs. */
export function byteOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** A half of a pair stands for a code point above all others. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
