/** Where a function stands in the script that runs: what a text that is put there finds around it. */
import { parse } from 'acorn';
import { type Analysis, analyse, bodyOf, type Scope } from '../scopes/index.js';
import { parametersAt } from '../scripts/textPlaces.js';

export interface RunningScript {
  readonly source: string;
  readonly isModule: boolean;
  /** As Node.js wraps it: `require`, `module` and the like are parameters of a function around it. */
  readonly isCommonJs: boolean;
}

export interface Standing {
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

export function parsedScript({ source, isModule, isCommonJs }: RunningScript): Analysis {
  const tree = parse(source, {
    ecmaVersion: 'latest',
    sourceType: isModule ? 'module' : 'script',
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: isModule,
    allowSuperOutsideMethod: true,
    allowHashBang: true,
  });
  return analyse(tree, { isStrict: isModule, parameters: isCommonJs ? COMMON_JS : [] });
}

/** Undefined when no function begins there. `location`: where its parameters begin. */
export function standingAt(
  { source, isModule, isCommonJs }: RunningScript,
  analysis: Analysis,
  location: number,
  end: number,
): Standing | undefined {
  const scope = analysis.scopes.find(
    (each) => each.kind === 'function' && each.end === end && parametersAt(source, each.node) === location,
  );
  if (!scope) return undefined;
  const { node, around } = scope;
  const own = namesInside(scope, bodyOf(analysis, scope.node));
  const privateNames = new Set<string>();
  for (let each = scope.parent; each; each = each.parent)
    for (const name of each.privateNames) privateNames.add(name);
  const ownName = node.type === 'FunctionExpression' ? (node.id?.name ?? '') : '';
  return {
    isStrict: around.isStrict,
    own,
    ownName: own.has(ownName) ? '' : ownName,
    reach(name) {
      const variable = around.find(name);
      if (!variable) return undefined;
      const { isCaptured, isExported, kind, scope: home } = variable;
      // Of a script that is no module, what is at the top is global.
      const isGlobal = home === analysis.top && !isModule && !isCommonJs;
      // What a module imports and exports is in cells of their own.
      const isCell = isExported || kind === 'import' || kind === 'namespace';
      return isGlobal || isCell || isCaptured || home.hasEval ? 'kept' : 'lost';
    },
    privateNames,
  };
}

/** Those of its parameters, and of its body where that has a scope of its own. */
function namesInside(scope: Scope, body: Scope | undefined): Set<string> {
  const names = [...scope.variables.keys(), ...(body?.variables.keys() ?? [])];
  return new Set(names.filter((name) => name !== 'arguments'));
}
