import { RemoraError } from '../base/index.js';

export function badKey(table: string, fault: string): RemoraError {
  return new RemoraError('bad-key', `A key of table ${table} ${fault}`, {
    hint: 'Use 1 to store-key-bytes bytes of UTF-8',
    details: { table },
  });
}

export function valueTooLarge(table: string, key: string, bytes: number, limit: number): RemoraError {
  return new RemoraError(
    'value-too-large',
    `The value for ${shown(key)} in table ${table} has ${bytes} bytes; ${limit} are allowed`,
    {
      hint: 'Store less under one key, or raise `--limit store-value-bytes=N`',
      details: { table, key, limit },
    },
  );
}

/** Somebody else wrote first. */
export function revisionConflict(
  table: string,
  key: string,
  expected: number,
  revision: number,
): RemoraError {
  const present = revision === 0 ? 'there is no such key' : `it is at revision ${revision}`;
  return new RemoraError(
    'revision-conflict',
    `${shown(key)} in table ${table} was expected at revision ${expected}, and ${present}`,
    { hint: 'Read it again and decide anew', details: { table, key, revision } },
  );
}

export function badTable(name: string, fault: string): RemoraError {
  return new RemoraError('bad-table', `A table '${name.slice(0, 80)}' cannot be made: ${fault}`, {
    details: { table: name },
  });
}

export function tableDiffers(name: string, what: string, there: unknown, wanted: unknown): RemoraError {
  return new RemoraError(
    'table-differs',
    `Table ${name} is there with ${what} ${String(there)}, and was opened with ${String(wanted)}`,
    { hint: 'Open it as it was made, or give the new one another name', details: { table: name } },
  );
}

export function tableNotFound(name: string): RemoraError {
  return new RemoraError('table-not-found', `There is no table '${name.slice(0, 80)}'`, {
    hint: 'GET /meta/apps lists them',
    details: { table: name },
  });
}

/** `rule` is the text that the protocol has for the fault (wire/pegasus-http.md section 8). */
export function badEnv(key: string, rule: string): RemoraError {
  return new RemoraError('bad-env', rule, { details: { env: key } });
}

export function requestDenied(table: string, kind: string): RemoraError {
  return new RemoraError('request-denied', `Table ${table} takes no ${kind}s now`, {
    hint: 'Its env replica.deny_client_request says so; take it away to go on',
    details: { table },
  });
}

export function throttled(table: string, kind: string): RemoraError {
  return new RemoraError('throttled', `Table ${table} gets more ${kind}s than its throttling allows`, {
    hint: `Call again later, or change its env replica.${kind}_throttling`,
    details: { table },
  });
}

export function corruptRecord(table: string, key: string, fault: string): RemoraError {
  return new RemoraError(
    'corrupt-record',
    `The record ${shown(key)} of table ${table} is damaged: ${fault}`,
    {
      hint: 'The disk or a foreign program changed it: restore the data folder from a backup, or write the key anew',
      details: { table, key },
    },
  );
}

export function scanTooSlow(table: string, seconds: number): RemoraError {
  return new RemoraError(
    'scan-too-slow',
    `A scan of table ${table} was not read to its end within ${seconds} s`,
    {
      hint: 'Read on from the last key, or raise `--limit store-scan-seconds=N`',
      details: { table },
    },
  );
}

export function tooManyScans(limit: number): RemoraError {
  return new RemoraError('too-many-scans', `${limit} scans are being read already`, {
    hint: 'Try again in a moment, or raise `--limit store-open-scans=N`',
  });
}

export function storeBusy(what: string): RemoraError {
  return new RemoraError('store-busy', `The disk is behind: ${what} of writes wait for it already`, {
    hint: 'Try again in a moment',
  });
}

export function storeClosed(): RemoraError {
  return new RemoraError('store-closed', 'The tables are closed');
}

export function storeFull(folder: string, cause: unknown): RemoraError {
  return new RemoraError('store-full', `There is no space left for the tables in ${folder}`, {
    hint: 'Nothing that was acknowledged is lost; make space on that disk, then writing works again',
    details: { folder },
    cause,
  });
}

export function storeFailed(folder: string, cause: unknown): RemoraError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new RemoraError('store-failed', `The tables in ${folder} could not be written: ${text}`, {
    hint: 'Nothing that was acknowledged is lost; look at the disk and the system log',
    details: { folder },
    cause,
  });
}

export function storeStalled(folder: string, ms: number): RemoraError {
  return new RemoraError('store-stalled', `The disk of ${folder} has not answered a write for ${ms} ms`, {
    hint: 'Whether these writes are kept is not known: look at the disk, start anew and read them',
    details: { folder },
  });
}

export function storeInUse(folder: string, owner: string): RemoraError {
  return new RemoraError('store-in-use', `The tables in ${folder} are open in ${owner}`, {
    hint: 'Stop that process, or name another folder by --data',
    details: { folder, owner },
  });
}

export function storeCorrupt(path: string, fault: string, cause?: unknown): RemoraError {
  return new RemoraError('store-corrupt', `${path} is damaged: ${fault}`, {
    hint: 'Restore the folder from a backup, or move it away: a new one is made then',
    details: { path },
    cause,
  });
}

export function notAStore(folder: string, fault: string): RemoraError {
  return new RemoraError('not-a-store', `${folder} does not hold tables of ours: ${fault}`, {
    hint: 'Name an empty folder, or one that was made by this program',
    details: { folder },
  });
}

export function newerStore(folder: string, format: unknown): RemoraError {
  return new RemoraError(
    'newer-store',
    `The tables in ${folder} have the format ${String(format)}, which is not known here`,
    {
      hint: 'They were written by a newer version: use that one',
      details: { folder },
    },
  );
}

export function cannotOpen(folder: string, cause: unknown): RemoraError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new RemoraError('store-failed', `The tables in ${folder} cannot be opened: ${text}`, {
    hint: 'Look at the folder: its disk, its owner and its modes',
    details: { folder },
    cause,
  });
}

/** Keys are data: long ones are cut, and nothing in them can start a new line. */
function shown(key: string): string {
  const text = JSON.stringify(key);
  return text.length > 120 ? `${text.slice(0, 117)}..."` : text;
}
