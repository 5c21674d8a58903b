import { Command } from 'commander';
import { PRODUCT } from '../base/index.js';
import { runningAgent } from './connect.js';
import type { CliContext } from './context.js';
import { EXIT } from './exitCode.js';

export function versionCommand(context: CliContext): Command {
  return new Command('version')
    .description('print the versions of this program and of a running agent')
    .action(async () => {
      const { terminal, version } = context;
      await terminal.print(
        `${PRODUCT} ${version} (Node ${process.versions.node}, ${process.platform} ${process.arch})`,
      );
      const running = await runningAgent().catch(() => undefined);
      if (running) {
        running.client.close();
        await terminal.printForeign(`agent ${running.info.version} (pid ${running.info.pid})`);
      }
      context.exitCode = EXIT.ok;
    });
}
