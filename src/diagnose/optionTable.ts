import { badGlobalOption, optionNotFound } from './errors.js';
import type { OptionEntry, OptionTable } from './services.js';

interface Definition extends OptionEntry {
  /** What is accepted, for the error text. */
  readonly accepts: string;
  readonly valid: (text: string) => boolean;
}

const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { d: DAY_MS, h: 3_600_000, m: 60_000, s: 1000 };

/** Milliseconds of `1d`, `12h`, `30m`, `90s`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})([dhms])$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  const ms = unit === undefined ? Number.NaN : Number(match?.[1]) * unit;
  return ms > 0 ? ms : undefined;
}

function definitions(): Definition[] {
  return [
    {
      level: 1,
      type: 'integer',
      name: 'object-size-limit',
      value: '10485760',
      summary: 'Upper size of one rendered value, in bytes',
      description: 'A value that renders to more is cut, and its text says so. Must be greater than 0.',
      accepts: 'a whole number greater than 0',
      valid: (text) => /^\d{1,15}$/.test(text) && Number(text) > 0,
    },
    {
      level: 2,
      type: 'string',
      name: 'job-timeout',
      value: '1d',
      summary: 'How long a job may run',
      description: 'A number and a unit: d, h, m or s. A job that runs longer ends with status -10.',
      accepts: 'a number and one of d h m s, such as 12h',
      valid: (text) => parseDuration(text) !== undefined,
    },
    {
      level: 0,
      type: 'string',
      name: 'probe-budget',
      value: '1',
      summary: 'What instruments may cost a process, in percent of one core',
      description:
        'Averaged over 5 seconds, five times as much for one second. Above it an instrument samples first, then it is removed, and its results say so. off: without a bound.',
      accepts: 'a number above 0 and up to 100, such as 0.5, or off',
      valid: (text) =>
        text === 'off' || (/^\d{1,3}(\.\d{1,3})?$/.test(text) && Number(text) > 0 && Number(text) <= 100),
    },
  ];
}

/** The global options of one agent: those of wire/arthas.md 3.1 that mean something here, and `probe-budget`. */
export class GlobalOptions implements OptionTable {
  private readonly entries = definitions();

  constructor(private readonly onChange: (name: string, value: string) => void = () => {}) {}

  list(): readonly OptionEntry[] {
    return this.entries.map(publicPart);
  }

  get(name: string): OptionEntry | undefined {
    const entry = this.entries.find((candidate) => candidate.name === name);
    return entry && publicPart(entry);
  }

  set(name: string, text: string): { before: string; after: string } {
    const index = this.entries.findIndex((candidate) => candidate.name === name);
    const entry = this.entries[index];
    if (entry === undefined) throw optionNotFound(name);
    if (!entry.valid(text)) throw badGlobalOption(text, entry.type, name, entry.accepts);
    this.entries[index] = { ...entry, value: text };
    this.onChange(name, text);
    return { before: entry.value, after: text };
  }

  /** `job-timeout` in milliseconds. */
  get jobTimeoutMs(): number {
    return parseDuration(this.get('job-timeout')?.value ?? '') ?? DAY_MS;
  }
}

function publicPart({ level, type, name, value, summary, description }: Definition): OptionEntry {
  return { level, type, name, value, summary, description };
}
