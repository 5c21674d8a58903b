/**
 * Which variables code at a place can see: those of the function it stands in, those of functions around it and of the
 * module. Runs in the parse worker.
 */
import { parse } from 'acorn';
import { type Analysis, analyse, type Scope, scopeAt, type Variable } from '../scopes/index.js';

/** A variable in scope. */
export interface NameInScope {
  readonly name: string;
  /** Offset of its declaration, by which a source map tells what people call it. */
  readonly at: number;
  /** `own`: of the innermost function; `closure`: of a function around that one; `module`: at the top. */
  readonly where: 'own' | 'closure' | 'module';
  readonly isParameter: boolean;
  /** The innermost function names it: what it does not name, V8 may not have kept. */
  readonly isNamed: boolean;
}

/**
 * For each offset, the innermost variables first; one that is hidden by another of its name is left out.
 * @throws SyntaxError of acorn; RangeError when the tree is too deep
 */
export function namesInScope(source: string, isModule: boolean, offsets: readonly number[]): NameInScope[][] {
  const tree = parse(source, {
    ecmaVersion: 'latest',
    sourceType: isModule ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: isModule,
    allowSuperOutsideMethod: true,
    allowHashBang: true,
  });
  const analysis = analyse(tree, { isStrict: isModule });
  return offsets.map((offset) => namesAt(analysis, offset));
}

function namesAt(analysis: Analysis, offset: number): NameInScope[] {
  const inner = scopeAt(analysis, offset);
  const own = inner.function;
  const known = new Set<string>();
  const found: NameInScope[] = [];
  for (let scope: Scope | undefined = inner; scope; scope = scope.parent) {
    const where = whereIs(scope, own);
    for (const variable of scope.variables.values()) {
      const [first] = variable.declarations;
      if (!first || known.has(variable.name) || isAlsoOutside(variable)) continue;
      known.add(variable.name);
      // What is around the function may have run on.
      if (where === 'own' && first.from > offset) continue;
      const { name, kind } = variable;
      const isNamed = where === 'own' || isUsedIn(variable, own);
      found.push({ name, at: first.at, where, isParameter: kind === 'parameter', isNamed });
    }
  }
  return found;
}

function whereIs(scope: Scope, own: Scope): NameInScope['where'] {
  if (scope.kind === 'top') return 'module';
  const isOwn = scope.function === own || (scope.kind === 'self' && scope === own.parent);
  return isOwn && own.kind !== 'top' ? 'own' : 'closure';
}

/** A class that is declared has its name twice, for itself and for what is around it: one value. */
function isAlsoOutside({ kind, scope }: Variable): boolean {
  return kind === 'self' && scope.node.type === 'ClassDeclaration';
}

function isUsedIn({ references }: Variable, { start, end }: Scope): boolean {
  return references.some((each) => each.start >= start && each.start < end);
}
