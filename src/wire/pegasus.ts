/**
 * Pegasus over HTTP, first generation (wire/pegasus-http.md): what a request's target means (sections 1.4, 1.5) and how
 * the table printer writes an answer (section 2).
 */
import { RemoraError } from '../base/index.js';

/** A request's path in its normal form, without a leading slash (`meta/apps`; empty for `/`), and its parameters. */
export interface PegasusTarget {
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const BAD_TARGET = 'pegasus-bad-target';
const PARTIAL = 'Encountered partial escape sequence at end of string';
const PERCENT = 0x25;
/** `http://host:port` of the absolute form; only its path counts. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/**
 * Reads a request's target as it was sent: the path (everything before the question mark) and the query without it.
 * Bytes that are no UTF-8 become U+FFFD.
 *
 * @throws RemoraError `pegasus-bad-target`, whose message is the body of the 400.
 */
export function parsePegasusTarget(path: string, search: string): PegasusTarget {
  // What follows a # is the client's own, a question mark in it too.
  const query = path.includes('#') ? '' : (search.split('#', 1)[0] ?? '');
  return { path: parsePegasusPath(path), parameters: parsePegasusQuery(query) };
}

/**
 * `//pprof///heap/` → `pprof/heap`, `/meta%2Fapps` → `meta/apps`, `///` → ``.
 *
 * @throws RemoraError `pegasus-bad-target` for a broken escape.
 */
export function parsePegasusPath(path: string): string {
  const raw = path.replace(ORIGIN, '').split('#', 1)[0] ?? '';
  return decodePegasus(raw, true)
    .split('/')
    .filter((piece) => piece !== '')
    .join('/');
}

/**
 * Decodes the whole query, then splits it. A bare name has the value ``; a name that comes again with a value is an
 * error, again without one it is ignored.
 *
 * @throws RemoraError `pegasus-bad-target` for a broken escape or a name given twice.
 */
export function parsePegasusQuery(search: string): Map<string, string> {
  const parameters = new Map<string, string>();
  if (search === '') return parameters;
  for (const piece of decodePegasus(search).split('&')) {
    const equals = piece.indexOf('=');
    const name = equals < 0 ? piece : piece.slice(0, equals);
    if (!parameters.has(name)) parameters.set(name, equals < 0 ? '' : piece.slice(equals + 1));
    else if (equals >= 0) throw badTarget(`duplicate parameter: ${name}`);
  }
  return parameters;
}

/**
 * Percent-decodes; a plus stays a plus.
 *
 * @throws RemoraError `pegasus-bad-target`.
 */
function decodePegasus(text: string, isPath = false): string {
  if (!text.includes('%')) return utf8(bytesOf(text));
  const from = bytesOf(text);
  const to = Buffer.alloc(from.length);
  let length = 0;
  for (let at = 0; at < from.length; at++) {
    const byte = from[at] ?? 0;
    if (byte !== PERCENT) {
      to[length++] = byte;
      continue;
    }
    if (at + 2 >= from.length) {
      // One character at the end of a path is reported as no hex value, at the end of a query as a partial escape.
      if (isPath && at + 2 === from.length) throw noHex(utf8(from.subarray(at + 1)));
      throw badTarget(PARTIAL);
    }
    const digits = from.toString('latin1', at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) throw noHex(utf8(from.subarray(at + 1)));
    to[length++] = Number.parseInt(digits, 16);
    at += 2;
  }
  return utf8(to.subarray(0, length));
}

/** Node gives a request's target as one character for each byte. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text, /[^\x00-\xff]/.test(text) ? 'utf8' : 'latin1');
}

function utf8(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function noHex(rest: string): RemoraError {
  return badTarget(
    `The characters ${rest} do not form a hex value. Please escape it or pass a valid hex value`,
  );
}

function badTarget(what: string): RemoraError {
  return new RemoraError(BAD_TARGET, `failed to parse request: ERR_INVALID_PARAMETERS: ${what}`);
}

/** Is it the error of `parsePegasusTarget`? */
export function isBadPegasusTarget(error: RemoraError): boolean {
  return error.code === BAD_TARGET;
}

/**
 * For `Rooms.aliases`: the registered path (with its leading slash) that a request's path stands for. Paths whose first
 * piece is `folder` and that are not registered, and those under it with a broken escape, stand for `unknown`.
 */
export function pegasusAlias(
  registered: ReadonlySet<string>,
  others?: { readonly folder: string; readonly unknown: string },
): (path: string) => string | undefined {
  return (path) => {
    let normal: string | undefined;
    try {
      normal = `/${parsePegasusPath(path)}`;
    } catch {
      normal = undefined;
    }
    if (normal !== undefined && registered.has(normal)) return normal;
    if (!others) return undefined;
    const first = normal ?? `/${path.replace(ORIGIN, '').replace(/^\/+/, '')}`;
    const inside = first === `/${others.folder}` || first.startsWith(`/${others.folder}/`);
    return inside ? others.unknown : undefined;
  };
}

/** The body of the 404 for a path that nobody serves; `path` is the normal form. */
export function pegasusUnknownPath(path: string): string {
  return `service not found for "${path}"`;
}

/** What stands in a cell. Numbers are whole numbers; for others use `pegasusDouble`. */
export type PegasusCell = string | number | bigint | boolean;

/** Pairs of a row's name and its value. */
export interface PegasusPairs {
  /** Absent: the pairs stand in the top-level object itself. */
  readonly name?: string;
  readonly pairs: Iterable<readonly [string, PegasusCell]>;
}

/** Rows of several columns. */
export interface PegasusRows {
  readonly name?: string;
  /** Name of the first column, which repeats the row's name. */
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly [string, ...PegasusCell[]]>;
}

export type PegasusTable = PegasusPairs | PegasusRows;

/** The table printer: compact, every leaf a string, in order of insertion, one newline at the end. */
export function printPegasusTables(tables: readonly PegasusTable[]): string {
  const members = tables.flatMap((table) => {
    const rows = 'pairs' in table ? printPairs(table) : printRows(table);
    // A table of pairs without pairs leaves no trace, not even its name.
    if (table.name === undefined || ('pairs' in table && rows.length === 0)) return rows;
    return [`${quoted(table.name)}:{${rows.join(',')}}`];
  });
  return `{${members.join(',')}}\n`;
}

function printPairs({ pairs }: PegasusPairs): string[] {
  return Array.from(pairs, ([name, value]) => `${quoted(name)}:${quoted(String(value))}`);
}

function printRows({ title, columns, rows }: PegasusRows): string[] {
  return Array.from(rows, ([name, ...cells]) => {
    if (cells.length !== columns.length) {
      throw new RangeError(`the row ${name} has ${cells.length} cells for ${columns.length} columns`);
    }
    const members = columns.map((column, index) => `${quoted(column)}:${quoted(String(cells[index]))}`);
    return `${quoted(name)}:{${[`${quoted(title)}:${quoted(name)}`, ...members].join(',')}}`;
  });
}

/** Two decimals, as every double is printed. */
export function pegasusDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Math.abs(value) < 1e-6) return '0.00';
  return Math.abs(value) < 1e21 ? value.toFixed(2) : `${BigInt(value)}.00`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function quoted(text: string): string {
  const escaped = text.replace(
    /["\\\x00-\x1f]/g,
    (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}
