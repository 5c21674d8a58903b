// docs/instruments.md from test/target/instruments/matrix.json, which a test compares with what really happens.
const WORDS = {
  property: 'the property of an object that holds the function is replaced',
  prototype: 'a method, on the prototype',
  static: 'a property of a class',
  accessor: 'a getter or setter',
  native: 'a built-in, as a property of its module or of `globalThis`',
  'scope-read': 'found in the scopes of its module, without a pause and without a call',
  'scope-entry': 'its variable is assigned in its own scope, at its next call',
  'const-rebind': 'the same for a `const`, in one short pause',
  holder:
    'whoever calls it is asked, in one short pause: a router, an emitter, a timer, a closure, a bound function',
  constructor: 'a class, wherever it is held',
  breakpoint:
    'a breakpoint at its entry, about 0.1 ms a call, removed above 500 calls/s; the end of few calls is seen',
  cannot: 'no call of it is seen',
};

const KINDS = {
  export: 'exported function, called as `module.name()`',
  'export-taken-apart': 'exported function, taken apart by the importer',
  'export-const': 'exported arrow function',
  'default-export': 'default export, `module.exports`',
  method: 'method, also by `super`',
  static: 'static method',
  getter: 'getter',
  setter: 'setter',
  'private-method': '`#private` method',
  'field-arrow': 'class field that holds an arrow function',
  'async-method': 'async method',
  constructor: 'constructor, also of a subclass',
  'object-method': 'method of an object literal',
  'module-function': 'function of a module, not exported',
  let: 'function in a `let`',
  const: 'arrow function in a `const`',
  'class-expression': 'method of a class expression',
  closure: 'closure that a factory made',
  bound: 'method that was bound',
  async: 'async function',
  promise: 'function that returns a promise',
  generator: 'generator function',
  'async-generator': 'async generator function',
  recursive: 'recursive function',
  decorated: 'function inside a decorator',
  'closure-per-call': 'closure made anew for each call',
  'prototype-assigned': 'method assigned to a prototype',
  'held-by-map': 'held by a Map',
  'held-by-express-use': 'held by Express, `use`',
  'held-by-express': 'held by Express, a route',
  'held-by-fastify': 'held by Fastify (bound)',
  'held-by-http': 'listener of an HTTP server',
  'held-by-emitter': 'only listener of an emitter',
  'held-by-listeners': 'one of several listeners',
  'held-by-timer': 'callback of a timer',
  native: '`Math.imul`',
  'built-in-module': '`node:querystring` escape',
};

const FORMATS = {
  commonjs: 'CommonJS',
  esm: 'ES module',
  typescript: 'TypeScript',
  bundled: 'bundled, minified',
};

function cell(outcome) {
  if (outcome === undefined) return '–';
  if (typeof outcome === 'string') return outcome;
  const groups = new Map();
  for (const [node, each] of Object.entries(outcome)) groups.set(each, [...(groups.get(each) ?? []), node]);
  return [...groups].map(([each, nodes]) => `${each} (${nodes.join(', ')})`).join('; ');
}

export function instrumentsPage(matrix) {
  const rows = Object.entries(matrix).map(
    ([kind, outcomes]) =>
      `| ${KINDS[kind] ?? kind} | ${Object.keys(FORMATS)
        .map((format) => cell(outcomes[format]))
        .join(' | ')} |`,
  );
  return `# Which functions can be observed, and how

A function of a running process is observed by putting a wrapper wherever it is held. Which instrument reaches which kind
of function is tried for each kind below, in each format, on Node.js 20, 22, 24 and 26, by a test
(test/target/instruments/matrix.test.ts) on a process that checks itself from inside: that every call is seen and counted,
that results, thrown errors, \`this\`, \`new.target\` and unhandled rejections are what they were, and that after the reset
each function is the same object in the same slot, with its descriptors and its text, and no call is seen any more. Where
the Node.js versions differ, the table names them.

| kind of function | ${Object.values(FORMATS).join(' | ')} |
| --- | ${Object.keys(FORMATS)
    .map(() => '---')
    .join(' | ')} |
${rows.join('\n')}

| instrument | what is done |
| --- | --- |
${Object.entries(WORDS)
  .map(([name, text]) => `| ${name} | ${text} |`)
  .join('\n')}

\`A, breakpoint\`: the wrapper stands where A could put it, and callers that hold the function by what could not be changed
are seen by a breakpoint.

Two things are not as they were while a function is watched. The promise of a function that is not \`async\` counts as
handled, unless it is watched with \`--no-settle\`: to hear of its end is to handle its rejection. And a class is two for a
moment, until all who hold it have been found: comparisons like \`x.constructor === X\` may fail meanwhile.
`;
}
