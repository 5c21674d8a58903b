import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatDateTime } from '../base/index.js';
import type { VersionInfo } from '../wire/index.js';

/** What Mesos answers at `/version` and to GET_VERSION: Remora's version, and when this file was built. */
export function mesosVersionFields(version: string): VersionInfo {
  const built = statSync(fileURLToPath(import.meta.url), { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined) return { version };
  return { version, build_date: formatDateTime(built), build_time: Math.floor(built / 1000) };
}
