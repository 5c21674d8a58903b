// A reporter of node:test that writes one JSON line a failed test, `{file, name, error}`, for testLanes.mjs. CommonJS, since
// Node.js wants the default export of it.
const { inspect } = require('node:util');

const LONGEST_ERROR = 4000;

module.exports = async function* failedTests(source) {
  const names = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      names[data.nesting] = data.name;
      names.length = data.nesting + 1;
    }
    if (type !== 'test:fail' || data.todo !== undefined) continue;
    const { error, type: kind } = data.details ?? {};
    // A suite fails because of what is in it.
    if (kind === 'suite' && error?.failureType === 'subtestsFailed') continue;
    const name = [...names.slice(0, data.nesting), data.name].join(' > ');
    const text = inspect(error?.cause ?? error, { depth: 4 }).slice(0, LONGEST_ERROR);
    yield `${JSON.stringify({ file: data.file, name, error: text })}\n`;
  }
};
