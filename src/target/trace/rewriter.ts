/**
 * The text of a traced copy: every call gets two words around it, and none of them where `this`, `super`, an optional chain
 * or a direct `eval` would come to mean something else. `K` stands for the frame of one activation.
 * Over 400 lines: one walk over one tree, whose cases share the frame and the sites they write into.
 *
 *   f(x, y)          K.e(0,f(x,K.a(0,y,f)))         the clock starts when the arguments are there
 *   o.m()            K.e(1,(K.s(1,o),o.m()))        o is read, nothing else
 *   g().m()          K.e(2,K.q(2,K.e(1,g())).m())
 *   await p          K.r(3,await K.w(3,p))
 *   catch (e) {      catch (e) {K.c(e);             a span that threw is closed
 *   throw x          throw K.t(4,x)
 *   for await (e of it) { ...; continue }
 *                    {for await (e of K.w(5,it)){K.r(5);try{L:{ ...; break L }K.w(5)}finally{K.y(5)}}K.r(5)}
 *
 * What is written in between has no line of its own: stacks of errors name the original's.
 */
import type { AnyNode, CallExpression, Node } from 'acorn';
import { childrenOf, type FunctionNode } from '../scopes/index.js';
import { calleeText } from './calleeText.js';
import { conflictIn } from './conflicts.js';
import {
  afterArrow,
  afterCallee,
  hasOptional,
  isFunction,
  isLoop,
  isSimple,
  parenthesised,
  runsItsCallback,
} from './forms.js';
import { type Root, rootOf } from './roots.js';
import type { CopySite } from './tracedCopy.js';

type Loop = Extract<
  AnyNode,
  {
    type: 'ForStatement' | 'ForInStatement' | 'ForOfStatement' | 'WhileStatement' | 'DoWhileStatement';
  }
>;
type Called = Extract<AnyNode, { type: 'CallExpression' | 'NewExpression' }>;

export interface RewriterOptions {
  readonly source: string;
  /** Of the frame, unlike any name in the script. */
  readonly frame: string;
  readonly mostSites: number;
  isDeclared(name: string, at: number): boolean;
}

export class Rewriter {
  readonly sites: CopySite[] = [];
  readonly inner: { name: string; at: number }[] = [];
  leftOut = 0;
  /** What sites of the function itself, not of one inside, are given: a name or `this`, and where that is written. */
  readonly given: { readonly site: number; readonly name: string; readonly at: number }[] = [];
  readonly #options: RewriterOptions;
  /** Of the function whose body is being written. */
  #frame: string;
  #isAsync = false;
  /** Around what is being written; `turn` is the label of one turn, where turns are timed. */
  readonly #loops: { readonly labels: readonly string[]; readonly turn: string | undefined }[] = [];
  /** Of the loop that comes next. */
  #labels: readonly string[] = [];

  constructor(options: RewriterOptions) {
    this.#options = options;
    this.#frame = options.frame;
  }

  /** From its first brace to its last; `head` is what makes its frame. */
  body(node: FunctionNode, head: string, closes: boolean): string {
    const { source } = this.#options;
    const outer = this.#isAsync;
    this.#isAsync = node.async;
    const open = closes ? `${head}try{` : head;
    const close = closes ? `}finally{${this.#frame}.x()}` : '';
    let text: string;
    if (node.body.type !== 'BlockStatement') {
      const from = afterArrow(source, node);
      const value = this.#between(from, node.end, [node.body as AnyNode]);
      text = `{${open}return (${value});${close}}`;
    } else {
      const statements = node.body.body as AnyNode[];
      const directives = statements.filter((each) => 'directive' in each && each.directive !== undefined);
      const from = directives.at(-1)?.end ?? node.body.start + 1;
      const rest = this.#between(from, node.body.end - 1, statements.slice(directives.length));
      text = `${source.slice(node.body.start, from)};${open}${rest}${close}}`;
    }
    this.#isAsync = outer;
    return text;
  }

  #between(from: number, to: number, nodes: readonly AnyNode[]): string {
    const { source } = this.#options;
    let text = '';
    let at = from;
    for (const node of nodes) {
      text += source.slice(at, node.start) + this.emit(node);
      at = node.end;
    }
    return text + source.slice(at, to);
  }

  /** The text of a node, rewritten. */
  emit(node: AnyNode): string {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.#raw(node);
      case 'CallExpression':
        return this.#call(node);
      case 'NewExpression':
        return this.#new(node);
      case 'TaggedTemplateExpression':
        return this.#tagged(node);
      case 'ChainExpression':
        return node.expression.type === 'CallExpression'
          ? this.#call(node.expression, true)
          : this.#plain(node);
      case 'AwaitExpression':
        return this.#await(node);
      case 'YieldExpression':
        return this.#yield(node);
      case 'ReturnStatement':
        return this.#return(node);
      case 'ThrowStatement':
        return this.#throw(node);
      case 'CatchClause':
        return this.#headed(node, node.body);
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.#loop(node);
      case 'LabeledStatement':
        return this.#labelled(node);
      case 'ContinueStatement':
        return this.#continue(node);
      case 'TryStatement':
        return this.#try(node);
      case 'Property':
        return this.#property(node);
      default:
        return this.#plain(node);
    }
  }

  #raw({ start, end }: Node): string {
    return this.#options.source.slice(start, end);
  }

  #plain(node: AnyNode): string {
    return this.#between(node.start, node.end, childrenOf(node));
  }

  /** `{ a }` and `{ a = f() }` have the name once, though the tree has it twice. */
  #property(node: Extract<AnyNode, { type: 'Property' }>): string {
    const parts = node.shorthand ? [node.value] : node.computed ? [node.key, node.value] : [node.value];
    if (node.method || node.kind !== 'init') {
      return node.computed ? this.#between(node.start, node.end, [node.key as AnyNode]) : this.#raw(node);
    }
    return this.#between(node.start, node.end, parts as AnyNode[]);
  }

  // Calls.

  #site(site: CopySite, root?: Root): number {
    const index = this.sites.length;
    this.sites.push({ ...site, ...pathOf(root) });
    if (root && !root.isGlobal && this.#frame === this.#options.frame) {
      this.given.push({ site: index, name: root.given, at: root.at });
    }
    return index;
  }

  #hasRoom(): boolean {
    if (this.sites.length < this.#options.mostSites) return true;
    this.leftOut += 1;
    return false;
  }

  #call(node: CallExpression, isWholeChain = false): string {
    const callee = node.callee as AnyNode;
    // Cutting a chain in two would lose what `?.` skips.
    const isCut = !isWholeChain && hasOptional(node);
    if (isCut || callee.type === 'Super' || (callee.type as string) === 'Import' || !this.#hasRoom()) {
      return this.#withArguments(node, this.emitCallee(callee), undefined);
    }
    const isSuper = callee.type === 'MemberExpression' && callee.object.type === 'Super';
    const root = rootOf(callee, this.#options.isDeclared);
    const index = this.#site(
      {
        kind: isSuper ? 'super' : 'call',
        text: this.#textOf(callee),
        at: callee.type === 'MemberExpression' ? callee.property.start : callee.start,
      },
      root,
    );
    const frame = this.#frame;
    if (node.arguments.length > 0) {
      const called = root ? this.emitCallee(callee) : this.#given(callee, index, 'o');
      return ` ${frame}.e(${index},${this.#withArguments(node, called, index, root?.given)})`;
    }
    const isChain = hasOptional(node);
    if (!isChain && (root || isSimple(callee) || isFunction(callee))) {
      const text = this.#withArguments(node, this.emitCallee(callee), undefined);
      return ` ${frame}.e(${index},(${frame}.s(${list(index, root?.given)}),${text}))`;
    }
    const given = isChain ? '' : this.#given(callee, index, 'q');
    if (given) return ` ${frame}.e(${index},${this.#withArguments(node, given, undefined)})`;
    // Nothing is passed by it: an empty array, read when the callee is there.
    const { source } = this.#options;
    const text = source.slice(node.start, callee.start) + this.emitCallee(callee);
    const open = afterCallee(source, callee.end);
    return ` ${frame}.e(${index},${text}${source.slice(callee.end, open)}(...${frame}.z(${list(index, root?.given)})))`;
  }

  /** A callee in a way that leaves what `this` is. */
  emitCallee(callee: AnyNode): string {
    if (callee.type === 'FunctionExpression' || callee.type === 'ArrowFunctionExpression') {
      return this.#callback(callee);
    }
    if (callee.type === 'MemberExpression' || callee.type === 'CallExpression') {
      return callee.type === 'CallExpression' ? this.#call(callee) : this.#member(callee);
    }
    return this.emit(callee);
  }

  #member(node: Extract<AnyNode, { type: 'MemberExpression' }>): string {
    const object = node.object as AnyNode;
    const parts = node.computed ? [object, node.property as AnyNode] : [object];
    const { source } = this.#options;
    let text = '';
    let at = node.start;
    for (const part of parts) {
      text += source.slice(at, part.start) + (part === object ? this.emitCallee(part) : this.emit(part));
      at = part.end;
    }
    return text + source.slice(at, node.end);
  }

  /**
   * A callee that no name leads to: its object goes through the tracer's hands, or, without one, itself. `q` starts the
   * clock as well; '' when something else is evaluated after that.
   */
  #given(callee: AnyNode, index: number, word: 'o' | 'q'): string {
    const frame = this.#frame;
    if (callee.type === 'MemberExpression') {
      const object = callee.object as AnyNode;
      const property = callee.property as AnyNode;
      const isNamed = !callee.computed && property.type === 'Identifier';
      const isPlain = !callee.computed || property.type === 'Identifier' || property.type === 'Literal';
      if (object.type === 'Super' || hasOptional(callee) || !(word === 'o' ? isNamed : isPlain)) {
        return word === 'o' ? this.emitCallee(callee) : '';
      }
      if (isNamed) this.sites[index] = { ...(this.sites[index] as CopySite), path: [property.name] };
      const { source } = this.#options;
      const before = source.slice(callee.start, object.start);
      const given = ` ${frame}.${word}(${index},${parenthesised(object, this.emit(object))})`;
      return before + given + source.slice(object.end, callee.end);
    }
    // Without arguments, or for what is `new`, names alone come here.
    if (isFunction(callee) || callee.type === 'Identifier' || callee.type === 'MetaProperty') {
      return word === 'o' ? this.emitCallee(callee) : '';
    }
    this.sites[index] = { ...(this.sites[index] as CopySite), path: [] };
    return ` ${frame}.${word}(${index},${parenthesised(callee, this.emit(callee))})`;
  }

  /** `site`: the clock starts when the last argument is there. */
  #withArguments(node: Called, callee: string, site: number | undefined, given = ''): string {
    const { source } = this.#options;
    let text = source.slice(node.start, (node.callee as Node).start) + callee;
    let at = (node.callee as Node).end;
    const last = node.arguments.at(-1);
    const runs = runsItsCallback(node.callee as AnyNode);
    for (const each of node.arguments as AnyNode[]) {
      const value = each.type === 'SpreadElement' ? (each.argument as AnyNode) : each;
      let emitted = runs && isFunction(value) ? this.#callback(value) : this.emit(value);
      if (each === last && site !== undefined) {
        emitted = ` ${this.#frame}.a(${site},${parenthesised(value, emitted)}${given && `,${given}`})`;
      }
      text += source.slice(at, value.start) + emitted;
      at = value.end;
    }
    return text + source.slice(at, node.end);
  }

  #new(node: Extract<AnyNode, { type: 'NewExpression' }>): string {
    const callee = node.callee as AnyNode;
    if (!this.#hasRoom()) return this.#withArguments(node, this.emit(callee), undefined);
    const root = rootOf(callee, this.#options.isDeclared);
    const index = this.#site(
      {
        kind: 'new',
        text: this.#textOf(callee),
        at: node.start,
      },
      root,
    );
    const frame = this.#frame;
    if (node.arguments.length > 0) {
      const text = this.#withArguments(node, this.emit(callee), index, root?.given);
      return ` ${frame}.e(${index},${text})`;
    }
    const text = this.#withArguments(node, this.emit(callee), undefined);
    // What leads to the class has effects of its own: they are timed with it.
    return ` ${frame}.e(${index},(${frame}.s(${list(index, root?.given)}),${text}))`;
  }

  #tagged(node: Extract<AnyNode, { type: 'TaggedTemplateExpression' }>): string {
    const tag = node.tag as AnyNode;
    const { expressions } = node.quasi;
    const { source } = this.#options;
    const root = rootOf(tag, this.#options.isDeclared);
    const isStartable = expressions.length > 0 || root !== undefined || isSimple(tag);
    const index =
      isStartable && !hasOptional(node) && this.#hasRoom()
        ? this.#site(
            {
              kind: 'tag',
              text: this.#textOf(tag),
              at: tag.type === 'MemberExpression' ? tag.property.start : tag.start,
            },
            root,
          )
        : undefined;
    const frame = this.#frame;
    let text = source.slice(node.start, tag.start) + this.emitCallee(tag);
    let at = tag.end;
    const last = expressions.at(-1);
    for (const each of expressions as AnyNode[]) {
      let emitted = this.emit(each);
      if (each === last && index !== undefined) {
        emitted = ` ${frame}.a(${index},${parenthesised(each, emitted)}${root?.given ? `,${root.given}` : ''})`;
      }
      text += source.slice(at, each.start) + emitted;
      at = each.end;
    }
    text += source.slice(at, node.end);
    if (index === undefined) return text;
    if (expressions.length > 0) return ` ${frame}.e(${index},${text})`;
    return ` ${frame}.e(${index},(${frame}.s(${list(index, root?.given)}),${text}))`;
  }

  // Loops.

  #loop(node: Loop): string {
    const labels = this.#labels;
    this.#labels = [];
    const isTimed = node.type === 'ForOfStatement' && node.await && this.#isAsync && this.#hasRoom();
    const turn = isTimed ? `${this.#frame}_${this.sites.length}` : undefined;
    this.#loops.push({ labels, turn });
    const text =
      node.type === 'ForOfStatement' && turn !== undefined ? this.#forAwait(node, turn) : this.#plain(node);
    this.#loops.pop();
    return text;
  }

  #labelled(node: Extract<AnyNode, { type: 'LabeledStatement' }>): string {
    const { type } = node.body;
    this.#labels =
      type === 'LabeledStatement' || isLoop(node.body as AnyNode) ? [...this.#labels, node.label.name] : [];
    return this.#between(node.start, node.end, [node.body as AnyNode]);
  }

  /** Of a loop whose turns are timed it ends the turn, and no more. */
  #continue(node: Extract<AnyNode, { type: 'ContinueStatement' }>): string {
    const name = node.label?.name;
    const loop = this.#loops.findLast(({ labels }) => name === undefined || labels.includes(name));
    if (loop?.turn === undefined) return this.#raw(node);
    const at = node.label?.end ?? node.start + 'continue'.length;
    return `break ${loop.turn}${this.#options.source.slice(at, node.end)}`;
  }

  // What the function waits for.

  #await(node: Extract<AnyNode, { type: 'AwaitExpression' }>): string {
    const operand = node.argument as AnyNode;
    // At the top of a module, or in a function whose frame is another's.
    if (!this.#isAsync || !this.#hasRoom()) return this.#plain(node);
    const isImport = operand.type === 'ImportExpression';
    const index = this.#site({
      kind: isImport ? 'import' : 'await',
      text: this.#textOf(isImport ? operand.source : operand),
      at: node.start,
    });
    const before = this.sites.length;
    const emitted = this.emit(operand);
    if (operand.type === 'CallExpression' && this.sites.length > before) {
      this.sites[index] = { ...(this.sites[index] as CopySite), awaits: before };
    }
    return ` ${this.#frame}.r(${index},${this.#passed(node, operand, `w(${index}`, emitted)})`;
  }

  /** Each turn's wait, the last one, and the one for the iterator's end where the loop is left before. */
  #forAwait(node: Extract<AnyNode, { type: 'ForOfStatement' }>, turn: string): string {
    const [left, right, body] = [node.left, node.right, node.body] as [AnyNode, AnyNode, AnyNode];
    const index = this.#site({ kind: 'await', text: this.#textOf(right), at: node.start });
    const frame = this.#frame;
    const { source } = this.#options;
    const head = this.#between(node.start, right.start, [left]);
    const of = parenthesised(right, this.emit(right));
    const between = source.slice(right.end, body.start);
    const rest = `${turn}:{${this.emit(body)}}${frame}.w(${index})`;
    return `{${head} ${frame}.w(${index},${of})${between}{${frame}.r(${index});try{${rest}}finally{${frame}.y(${index})}} ${frame}.r(${index});}`;
  }

  #yield(node: Extract<AnyNode, { type: 'YieldExpression' }>): string {
    if (node.delegate || !node.argument || !this.#hasRoom()) return this.#plain(node);
    const value = node.argument as AnyNode;
    const index = this.#site({ kind: 'yield', text: this.#textOf(value), at: node.start });
    return ` ${this.#frame}.r(${index},${this.#passed(node, value, `w(${index}`, this.emit(value))})`;
  }

  /** Through the tracer's hands on its way. */
  #passed({ start, end }: Node, value: AnyNode, word: string, emitted: string): string {
    const { source } = this.#options;
    const given = `${this.#frame}.${word},${parenthesised(value, emitted)})`;
    return `${source.slice(start, value.start)} ${given}${source.slice(value.end, end)}`;
  }

  /** What an `async` function returns is waited for by whoever waits for the function. */
  #return(node: Extract<AnyNode, { type: 'ReturnStatement' }>): string {
    const before = this.sites.length;
    const text = this.#plain(node);
    if (this.#isAsync && node.argument?.type === 'CallExpression' && this.sites.length > before) {
      this.sites[before] = { ...(this.sites[before] as CopySite), isReturned: true };
    }
    return text;
  }

  // What is thrown, and what it passes.

  #throw(node: Extract<AnyNode, { type: 'ThrowStatement' }>): string {
    if (!this.#hasRoom()) return this.#plain(node);
    const value = node.argument as AnyNode;
    const index = this.#site({ kind: 'throw', text: this.#textOf(value), at: node.start });
    return this.#passed(node, value, `t(${index}`, this.emit(value));
  }

  #try(node: Extract<AnyNode, { type: 'TryStatement' }>): string {
    const { source } = this.#options;
    let text = '';
    let at = node.start;
    for (const part of [node.block, node.handler, node.finalizer] as (AnyNode | null)[]) {
      if (!part) continue;
      text += source.slice(at, part.start);
      text += part === node.finalizer ? this.#headed(part, part) : this.emit(part);
      at = part.end;
    }
    return text + source.slice(at, node.end);
  }

  #headed(node: AnyNode, block: AnyNode): string {
    const head = childrenOf(node).filter(({ end }) => node !== block && end <= block.start);
    let text = this.#between(node.start, block.start, head);
    let error = '';
    if (node.type === 'CatchClause') {
      if (!node.param) text = `catch(${this.#frame}e)${text.slice('catch'.length)}`;
      error = node.param ? (node.param.type === 'Identifier' ? node.param.name : '') : `${this.#frame}e`;
    }
    return `${text}{${this.#frame}.c(${error});${this.#between(block.start + 1, block.end, childrenOf(block))}`;
  }

  // Functions that are handed to what runs them at once.

  #callback(node: FunctionNode): string {
    const { source, frame } = this.#options;
    if (node.generator || conflictIn(node) || !this.#hasRoom()) return this.#raw(node);
    const number = this.inner.length;
    this.inner.push({ name: (node.id?.name as string | undefined) ?? '', at: node.start });
    const outer = this.#frame;
    const own = `${frame}${number}`;
    this.#frame = own;
    const sites = this.sites.length;
    const text = this.body(node, `const ${own}=${outer}.n(${number});`, true);
    this.#frame = outer;
    if (this.sites.length === sites) {
      // Nothing in it takes time that could be told apart.
      this.inner.pop();
      return this.#raw(node);
    }
    const headEnd = node.body.type === 'BlockStatement' ? node.body.start : afterArrow(source, node);
    return source.slice(node.start, headEnd) + text;
  }

  // Names.

  #textOf(node: Node): string {
    return calleeText(this.#options.source, node as AnyNode);
  }
}

function list(index: number, given: string | undefined): string {
  return given ? `${index},${given}` : `${index}`;
}

function pathOf(root: Root | undefined): Pick<CopySite, 'path' | 'isGlobal'> {
  return root ? { path: root.path, ...(root.isGlobal && { isGlobal: true }) } : {};
}
