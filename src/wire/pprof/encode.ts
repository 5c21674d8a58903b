/** profile.proto of google/pprof (wire/pegasus-http.md 6.5, 6.6), by the library pprof-format. */
import {
  Function as FunctionMessage,
  Label,
  Line,
  Location,
  Mapping,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from 'pprof-format';

/** One function at one line, known under one address. */
export interface PprofFrame {
  readonly name: string;
  /** '' = none. */
  readonly file: string;
  /** From 1; 0 = unknown. */
  readonly line: number;
  /** Where the function begins; 0 = unknown. */
  readonly startLine: number;
  /** Unique in our process for all its life; 0 = the table of addresses is full. */
  readonly address: number;
}

export interface PprofValueType {
  readonly type: string;
  readonly unit: string;
}

export interface PprofSample {
  /** Innermost first. The same function at the same line is the same object. */
  readonly stack: readonly PprofFrame[];
  /** One for each of `sampleTypes`. */
  readonly values: readonly number[];
  /** Besides those of the profile. */
  readonly labels?: readonly (readonly [key: string, text: string])[];
}

export interface PprofProfile {
  readonly sampleTypes: readonly PprofValueType[];
  readonly periodType: PprofValueType;
  readonly period: number;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly durationNanos: number;
  readonly samples: Iterable<PprofSample>;
  /** What the profiled program is called; shown as the file of all functions' code. */
  readonly program: string;
  /** Addresses of frames lie below this. */
  readonly addressLimit: number;
  /** On every sample. */
  readonly labels: readonly (readonly [key: string, text: string])[];
  readonly comments: readonly string[];
}

/**
 * The bytes of a profile, not compressed. `symbols: 'remote'` leaves functions and lines out, so that the client asks for
 * the names of addresses (/pprof/symbol); frames without an address keep them.
 */
export function encodePprof(profile: PprofProfile, symbols: 'inside' | 'remote' = 'inside'): Uint8Array {
  return new Encoder(profile, symbols).encode();
}

class Encoder {
  readonly #profile: PprofProfile;
  readonly #inside: boolean;
  readonly #strings = new StringTable();
  readonly #functions: FunctionMessage[] = [];
  readonly #functionIds = new Map<string, number>();
  readonly #locations: Location[] = [];
  readonly #locationIds = new Map<PprofFrame, number>();

  constructor(profile: PprofProfile, symbols: 'inside' | 'remote') {
    this.#profile = profile;
    this.#inside = symbols === 'inside';
  }

  encode(): Uint8Array {
    const { sampleTypes, periodType, period, timeMs, durationNanos, comments } = this.#profile;
    const shared = this.#labels(this.#profile.labels);
    const sample = Array.from(
      this.#profile.samples,
      ({ stack, values, labels }) =>
        new Sample({
          locationId: stack.map((frame) => this.#location(frame)),
          value: values.map((value) => Math.round(value)),
          label: labels ? [...shared, ...this.#labels(labels)] : shared,
        }),
    );
    return new Profile({
      sampleType: sampleTypes.map((each) => this.#valueType(each)),
      sample,
      mapping: [this.#mapping()],
      location: this.#locations,
      function: this.#functions,
      timeNanos: BigInt(Math.round(timeMs)) * 1_000_000n,
      durationNanos: Math.round(durationNanos),
      periodType: this.#valueType(periodType),
      period: Math.round(period),
      comment: comments.map((text) => this.#text(text)),
      stringTable: this.#strings,
    }).encode();
  }

  #labels(labels: PprofProfile['labels']): Label[] {
    return labels.map(([key, text]) => new Label({ key: this.#text(key), str: this.#text(text) }));
  }

  #text(text: string): number {
    return text === '' ? 0 : this.#strings.dedup(text);
  }

  #valueType({ type, unit }: PprofValueType): ValueType {
    return new ValueType({ type: this.#text(type), unit: this.#text(unit) });
  }

  /** One for all: without any, clients take addresses for those of a file that they look for. */
  #mapping(): Mapping {
    const { program, addressLimit } = this.#profile;
    return new Mapping({
      id: 1,
      memoryStart: 0,
      memoryLimit: addressLimit,
      // Clients search a named file for the symbols that are missing.
      filename: this.#inside ? this.#text(program) : 0,
      hasFunctions: this.#inside,
      hasFilenames: this.#inside,
      hasLineNumbers: this.#inside,
    });
  }

  #location(frame: PprofFrame): number {
    const known = this.#locationIds.get(frame);
    if (known !== undefined) return known;
    const id = this.#locations.length + 1;
    const line =
      this.#inside || frame.address === 0
        ? [new Line({ functionId: this.#function(frame), line: frame.line })]
        : [];
    this.#locations.push(new Location({ id, mappingId: 1, address: frame.address, line }));
    this.#locationIds.set(frame, id);
    return id;
  }

  #function({ name, file, startLine }: PprofFrame): number {
    const key = `${startLine}:${name}\n${file}`;
    const known = this.#functionIds.get(key);
    if (known !== undefined) return known;
    const id = this.#functions.length + 1;
    // No system name: clients would take the name for a mangled one of C++ and shorten it.
    this.#functions.push(
      new FunctionMessage({ id, name: this.#text(name), filename: this.#text(file), startLine }),
    );
    this.#functionIds.set(key, id);
    return id;
  }
}
