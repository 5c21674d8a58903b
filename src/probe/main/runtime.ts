import type { MainContext, MainFunction } from './functions.js';

/** Facts about the runtime that cost next to nothing to read. */
export function runtimeFunctions(_context: MainContext): Record<string, MainFunction> {
  return {
    /** → `{pid, title, versions, execPath, execArgv, argv, cwd, uptimeS, arch, platform}` */
    runtime() {
      return {
        pid: process.pid,
        title: process.title,
        versions: process.versions,
        execPath: process.execPath,
        execArgv: process.execArgv,
        argv: process.argv,
        cwd: process.cwd(),
        uptimeS: process.uptime(),
        arch: process.arch,
        platform: process.platform,
      };
    },
  };
}
