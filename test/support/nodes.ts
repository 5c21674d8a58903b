import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './paths.js';

/** The Node versions that targets are tried on; `npm test` fetches them. */
export const nodeMajors = [20, 22, 24, 26] as const;
export type NodeMajor = (typeof nodeMajors)[number];

/** The binary of a Node major, as `npm test` (scripts/nodes.mjs) left it. */
export function nodeBinary(major: number): string {
  const packageName = `node-linux-${process.arch}`;
  const path = join(cacheFolder, 'nodes', String(major), 'node_modules', packageName, 'bin', 'node');
  if (existsSync(path)) return path;
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  throw new Error(`Node ${major} is not there: run 'node scripts/nodes.mjs', which fetches it`);
}
