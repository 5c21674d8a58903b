import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, seen from build/test/support/. */
export const projectRoot: string = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** The sources of the target programs; they are run as they lie there. */
export const targetsFolder: string = join(projectRoot, 'test', 'targets');

/** What is fetched once and kept between runs: Node binaries, programs. */
export const cacheFolder: string = join(projectRoot, '.cache');
