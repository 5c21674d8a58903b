import type { Style } from '../command.js';
import type { Candidate, Completion } from '../complete.js';
import { textWidth, visible } from '../render/index.js';
import { SHELL_WORDS } from './shellWords.js';

const COMPLETE_TIMEOUT_MS = 3000;
const SHOWN = 100;

/** What readline does with a Tab: these candidates replace `word`, the end of the line. */
export type TabAnswer = [candidates: string[], word: string];

/** Asks the agent; offers nothing while it cannot answer. The words of the prompt itself come after those of the agent. */
export async function completions(
  ask: (line: string) => Promise<Completion>,
  line: string,
): Promise<Completion> {
  const nothing: Completion = { from: line.length, candidates: [] };
  const answer = await Promise.race([
    ask(line).catch(() => nothing),
    new Promise<Completion>((resolve) => setTimeout(() => resolve(nothing), COMPLETE_TIMEOUT_MS).unref()),
  ]);
  if (/\s/.test(line)) return answer;
  const local = SHELL_WORDS.filter((word) => word.text.startsWith(line));
  const from = answer.candidates.length > 0 ? answer.from : 0;
  const known = new Set(answer.candidates.map((candidate) => candidate.text));
  return { from, candidates: [...answer.candidates, ...local.filter((word) => !known.has(word.text))] };
}

/**
 * Turns candidates into readline's answer. Where Tab cannot add a letter, the choices are printed above the prompt,
 * each with its summary, and readline is told of none.
 */
export function tabAnswer(
  completion: Completion,
  line: string,
  list: (candidates: readonly Candidate[]) => void,
): TabAnswer {
  const word = line.slice(completion.from);
  const texts = completion.candidates.map((candidate) => visible(candidate.text));
  const only = texts.length === 1 ? texts[0] : undefined;
  if (only !== undefined) return [[/[=./:]$/.test(only) ? only : `${only} `], word];
  if (texts.length > 0 && commonStart(texts).length <= word.length) {
    list(completion.candidates);
    return [[], word];
  }
  return [texts, word];
}

/** The choices with their summaries, cut to the terminal's width. */
export function choiceLines(candidates: readonly Candidate[], style: Style, width: number): string[] {
  const shown = candidates.slice(0, SHOWN);
  const column = Math.max(...shown.map((candidate) => textWidth(candidate.text)));
  const { bold, dim } = style;
  const lines = shown.map(({ text, summary = '' }) => {
    const room = width - column - 3;
    const cut = summary.length > room ? `${summary.slice(0, Math.max(0, room - 1))}…` : summary;
    return `${bold(visible(text))}${' '.repeat(column - textWidth(text))}  ${dim(visible(cut))}`.trimEnd();
  });
  const more = candidates.length - shown.length;
  return more > 0 ? [...lines, dim(`... ${more} more`)] : lines;
}

function commonStart(texts: readonly string[]): string {
  let start = texts[0] ?? '';
  for (const text of texts) while (!text.startsWith(start)) start = start.slice(0, -1);
  return start;
}
