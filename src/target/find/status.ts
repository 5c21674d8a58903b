/** /proc/PID/status: who the process is and what it does with signals. */
import { readProcText } from './proc.js';

export interface ProcessStatus {
  readonly name: string;
  readonly state: string;
  /** Real, effective, saved and file-system uid. */
  readonly uids: readonly [number, number, number, number];
  readonly tracerPid: number;
  /** The pid in each pid namespace, ours first, the process's own last. */
  readonly nsPids: readonly number[];
  /** Sets of signals: bit n-1 is signal n. */
  readonly blocked: bigint;
  readonly ignored: bigint;
  readonly caught: bigint;
  readonly vmSizeBytes: number;
}

/** Parses the text of a status file; undefined when the fields that matter are missing. */
export function parseStatus(text: string): ProcessStatus | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(':');
    if (at > 0 && !fields.has(line.slice(0, at))) fields.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  const [real, effective, saved, fileSystem] = numbers(fields.get('Uid'));
  const caught = mask(fields.get('SigCgt'));
  const ignored = mask(fields.get('SigIgn'));
  const blocked = mask(fields.get('SigBlk'));
  if (real === undefined || effective === undefined || saved === undefined || fileSystem === undefined) {
    return undefined;
  }
  if (caught === undefined || ignored === undefined || blocked === undefined) return undefined;
  return {
    name: fields.get('Name') ?? '',
    state: (fields.get('State') ?? '').slice(0, 1),
    uids: [real, effective, saved, fileSystem],
    tracerPid: numbers(fields.get('TracerPid'))[0] ?? 0,
    nsPids: numbers(fields.get('NSpid')),
    blocked,
    ignored,
    caught,
    vmSizeBytes: (numbers(fields.get('VmSize'))[0] ?? 0) * 1024,
  };
}

/** Undefined when the process is gone. Source: proc_pid_status(5). */
export function processStatus(pid: number): ProcessStatus | undefined {
  const text = readProcText(`/proc/${pid}/status`);
  return text === undefined ? undefined : parseStatus(text);
}

export function hasSignal(set: bigint, signal: number): boolean {
  return ((set >> BigInt(signal - 1)) & 1n) === 1n;
}

function numbers(text: string | undefined): number[] {
  return (text ?? '')
    .split(/\s+/)
    .filter((part) => /^\d+$/.test(part))
    .map(Number);
}

function mask(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-fA-F]{1,32}$/.test(text) ? BigInt(`0x${text}`) : undefined;
}
