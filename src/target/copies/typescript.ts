import { transform } from 'esbuild';

export type Language = 'js' | 'ts' | 'tsx' | 'jsx';

/** By the end of a file's name; JavaScript for everything else. */
export function languageOf(path: string): Language {
  const [, end = ''] = /\.([cm]?[jt]sx?)$/.exec(path) ?? [];
  if (end === 'tsx' || end === 'jsx') return end;
  return end.includes('t') ? 'ts' : 'js';
}

/**
 * JavaScript of it.
 * @throws Error whose message says what is wrong and on which line
 */
export async function toJavaScript(text: string, language: Language): Promise<string> {
  return (await printed(text, language)).code;
}

/** The same with the source map. */
export async function printed(
  text: string,
  language: Language,
): Promise<{ readonly code: string; readonly map: string }> {
  try {
    const { code, map } = await transform(text, {
      loader: language,
      target: 'esnext',
      logLevel: 'silent',
      sourcemap: 'external',
      sourcefile: 'source',
      jsx: 'preserve',
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, experimentalDecorators: true } },
    });
    return { code, map };
  } catch (error) {
    const { errors = [] } = error as { errors?: readonly Failure[] };
    const [first] = errors;
    if (!first) throw error;
    const { text: what, location } = first;
    throw location ? new BadText(what, location.line, location.column) : new Error(what);
  }
}

/** Column from 0; the message counts from 1. */
export class BadText extends Error {
  constructor(
    readonly what: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(`${what} (line ${line}, column ${column + 1})`);
  }

  /** Of a text before whose first line this many characters were put. */
  shifted(by: number): BadText {
    return this.line > 1 ? this : new BadText(this.what, this.line, Math.max(0, this.column - by));
  }
}

interface Failure {
  readonly text: string;
  readonly location?: { readonly line: number; readonly column: number } | null;
}
