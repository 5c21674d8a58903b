import { createInterface } from 'node:readline/promises';
import type { ProcessInfo } from '../client/index.js';
import { formatDuration } from '../diagnose/render/index.js';
import { nothingFound } from './errors.js';
import type { Terminal } from './terminal.js';

/** Lets the person at the terminal pick a process by its number. Undefined = left without a choice. */
export async function chooseProcess(
  processes: readonly ProcessInfo[],
  terminal: Terminal,
): Promise<ProcessInfo | undefined> {
  const others = processes.filter((process) => !process.own);
  const candidates = others
    .filter((process) => process.attachable || process.attached)
    .sort((a, b) => Number(b.attached) - Number(a.attached) || a.pid - b.pid);
  if (candidates.length === 0) throw nothingFound();
  const { bold, cyan, dim } = terminal.style;
  await terminal.print(
    'Found these Node.js processes, please choose one and input its serial number, eg : 1. Then hit ENTER.',
  );
  const digits = String(candidates.length).length;
  const pidDigits = Math.max(...candidates.map((process) => String(process.pid).length));
  for (const [index, process] of candidates.entries()) {
    const star = index === 0 ? cyan('*') : ' ';
    const facts = `node ${process.nodeVersion || '?'}, ${process.user}, up ${formatDuration(process.uptimeMs)}`;
    const state = process.attached ? cyan(' attached') : '';
    await terminal.printForeign(
      `${star} [${String(index + 1).padStart(digits)}]: ${String(process.pid).padStart(pidDigits)} ` +
        `${bold(process.name)} ${dim(facts)}${state}`,
    );
  }
  const hidden = others.length - candidates.length;
  if (hidden > 0) await terminal.print(dim(`${hidden} more cannot be attached; remora ps says why.`));
  return ask(candidates, terminal);
}

async function ask(candidates: readonly ProcessInfo[], terminal: Terminal): Promise<ProcessInfo | undefined> {
  const reader = createInterface({ input: process.stdin, output: process.stdout, historySize: 0 });
  const left = new AbortController();
  reader.on('SIGINT', () => left.abort());
  reader.on('close', () => left.abort());
  try {
    for (;;) {
      const answer = (await reader.question('', { signal: left.signal })).trim();
      const picked = answer === '' ? candidates[0] : candidates[Number(answer) - 1];
      if (picked) return picked;
      terminal.note(
        /^\d+$/.test(answer)
          ? `Please select an available number, 1 to ${candidates.length}.`
          : 'Please input an integer to select a process.',
      );
    }
  } catch (error) {
    if (left.signal.aborted) return undefined;
    throw error;
  } finally {
    reader.close();
  }
}
