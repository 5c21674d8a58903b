// Loaded by a line that is sent to observed.cjs.
exports.greet = (name) => `hello ${name}`;
