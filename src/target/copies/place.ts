/** Where a function stands in the script that runs: what a text that is put there finds around it. */
import { type AnyNode, type Node, type Program, parse } from 'acorn';
import { parametersAt } from '../scripts/textPlaces.js';
import type { Analysis, FunctionNode, Scope } from './scope.js';
import { analyse } from './scopes.js';

export interface RunningScript {
  readonly source: string;
  readonly isModule: boolean;
  /** As Node.js wraps it: `require`, `module` and the like are parameters of a function around it. */
  readonly isCommonJs: boolean;
}

export interface Standing {
  readonly node: FunctionNode;
  readonly analysis: Analysis;
  readonly isStrict: boolean;
  /** Names that its own frame has before the first statement: parameters, variables, inner functions. */
  readonly own: ReadonlySet<string>;
  /** Its own name, of a function expression that has one. */
  readonly ownName: string;
  /** How a name around it can be had: `kept` by V8; `lost`, since no function of the script uses it. */
  reach(name: string): 'kept' | 'lost' | undefined;
  readonly privateNames: ReadonlySet<string>;
}

const COMMON_JS = ['exports', 'require', 'module', '__filename', '__dirname'];

export function parsedScript({
  source,
  isModule,
  isCommonJs,
}: RunningScript): Analysis & { readonly tree: Node } {
  const options = {
    ecmaVersion: 'latest',
    allowReturnOutsideFunction: true,
    allowSuperOutsideMethod: true,
    allowHashBang: true,
  } as const;
  const tree = parse(source, {
    ...options,
    sourceType: isModule ? 'module' : 'script',
    allowAwaitOutsideFunction: isModule,
  });
  const analysis = analyse(tree, isModule);
  // What a module imports and exports is in cells of their own.
  if (isModule) for (const name of sharedNames(tree)) analysis.top.captured.add(name);
  if (isCommonJs) {
    for (const name of COMMON_JS) analysis.top.names.add(name);
    for (const { name, scope } of analysis.references)
      if (scope.ofFunction !== analysis.top && scope.find(name) === analysis.top)
        analysis.top.captured.add(name);
  }
  return { ...analysis, tree };
}

function sharedNames({ body }: Program): string[] {
  return (body as readonly AnyNode[]).flatMap((each) => {
    if (each.type === 'ImportDeclaration') return each.specifiers.map(({ local }) => local.name);
    if (each.type === 'ExportDefaultDeclaration')
      return 'id' in each.declaration ? (each.declaration.id?.name ?? []) : [];
    if (each.type !== 'ExportNamedDeclaration' || each.source) return [];
    const { declaration, specifiers } = each;
    const named = specifiers.flatMap(({ local }) => ('name' in local ? local.name : []));
    if (!declaration) return named;
    if (declaration.type !== 'VariableDeclaration') return declaration.id.name;
    return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? id.name : []));
  });
}

/** Undefined when no function begins there. `location`: where its parameters begin. */
export function standingAt(
  { source, isModule, isCommonJs }: RunningScript,
  analysis: Analysis,
  location: number,
  end: number,
): Standing | undefined {
  const node = [...analysis.inside.keys()].find(
    (each) => each.end === end && parametersAt(source, each) === location,
  ) as FunctionNode | undefined;
  const inside = node && analysis.inside.get(node);
  if (!node || !inside) return undefined;
  const around = analysis.around.get(node) as Scope;
  const hasEval = analysis.uses.some(({ what }) => what === 'eval');
  const privateNames = new Set<string>();
  for (const each of analysis.enclosing.get(node) ?? [])
    for (const name of analysis.declaredPrivate.get(each) ?? []) privateNames.add(name);
  const own = new Set([...inside.names].filter((name) => name !== 'arguments'));
  const ownName = node.type === 'FunctionExpression' ? (node.id?.name ?? '') : '';
  return {
    node,
    analysis,
    isStrict: around.isStrict,
    own,
    ownName: own.has(ownName) ? '' : ownName,
    reach(name) {
      const scope = around.find(name);
      if (!scope) return undefined;
      // Of a script that is no module, what is at the top is global.
      const isGlobal = scope === analysis.top && !isModule && !isCommonJs;
      return hasEval || isGlobal || scope.captured.has(name) ? 'kept' : 'lost';
    },
    privateNames,
  };
}
