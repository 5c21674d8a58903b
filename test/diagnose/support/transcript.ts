import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One conversation: requests as they are sent, answers as they must come back, field by field and in this order of
 * keys. A string that begins with `$` stands for something that differs from run to run: `$uuid.NAME`, `$consumer.NAME`
 * and `$int.NAME` must have that form, and be the same wherever the same NAME stands, in requests too; `$time`, `$ms`,
 * `$number`, `$text`, `$object` and `$list` (an array that is not empty) only have the form.
 */
export interface Transcript {
  readonly about: string;
  readonly steps: readonly { readonly request: Record<string, unknown>; readonly response: unknown }[];
}

const FORMS: Readonly<Record<string, (value: unknown) => boolean>> = {
  uuid: (value) => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
  consumer: (value) => typeof value === 'string' && /^[0-9a-f]{32}_\d+$/.test(value),
  int: (value) => Number.isSafeInteger(value),
  ms: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  time: (value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.(\d{3}|\d{6}|\d{9}))?$/.test(value),
  number: (value) => typeof value === 'number',
  list: (value) => Array.isArray(value) && value.length > 0,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  text: (value) => typeof value === 'string' && value !== '',
};

// Transcripts are data: they stay where the sources are.
const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'wire', 'transcripts');

/** The transcripts whose file names begin so, by file name. */
export function transcripts(prefix: string): [file: string, transcript: Transcript][] {
  const files = readdirSync(FOLDER).filter((file) => file.startsWith(prefix) && file.endsWith('.json'));
  return files
    .sort()
    .map((file) => [file, JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Transcript]);
}

/** Plays it: `send` takes a request body and gives the answer's text. */
export async function play(transcript: Transcript, send: (body: string) => Promise<string>): Promise<void> {
  const names = new Map<string, unknown>();
  for (const [index, { request, response }] of transcript.steps.entries()) {
    const body = JSON.stringify(request, (_, value: unknown) => names.get(String(value)) ?? value);
    const text = await send(body);
    compare(JSON.parse(text), response, names, `step ${index + 1}: ${body}\n${text}\nat body`);
  }
}

function compare(actual: unknown, expected: unknown, names: Map<string, unknown>, where: string): void {
  if (typeof expected === 'string' && expected.startsWith('$')) {
    placeholder(actual, expected, names, where);
  } else if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${where} is no array`);
    assert.equal(actual.length, expected.length, `${where} has another length`);
    for (const [at, item] of expected.entries()) compare(actual[at], item, names, `${where}[${at}]`);
  } else if (typeof expected === 'object' && expected !== null) {
    assert.ok(typeof actual === 'object' && actual !== null, `${where} is no object`);
    assert.deepEqual(Object.keys(actual), Object.keys(expected), `${where} has other keys`);
    for (const [name, member] of Object.entries(expected)) {
      compare((actual as Record<string, unknown>)[name], member, names, `${where}.${name}`);
    }
  } else {
    assert.deepEqual(actual, expected, where);
  }
}

function placeholder(actual: unknown, expected: string, names: Map<string, unknown>, where: string): void {
  const [form = '', name] = expected.slice(1).split('.');
  const fits = FORMS[form];
  assert.ok(fits, `${expected} is no placeholder`);
  assert.ok(fits(actual), `${where} is not of the form ${expected}: ${JSON.stringify(actual)}`);
  if (name === undefined) return;
  if (names.has(expected)) assert.deepEqual(actual, names.get(expected), `${where} is another ${expected}`);
  else names.set(expected, actual);
}
