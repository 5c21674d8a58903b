// A program of this folder that a test steers: each line of its input is evaluated, and what comes of it is told.
const { createInterface } = require('node:readline');

exports.steered = function steered() {
  createInterface({ input: process.stdin }).on('line', async (line) => {
    let answer;
    try {
      // biome-ignore lint/security/noGlobalEval: a test steers the program line by line.
      answer = { value: await (0, eval)(line) };
    } catch (error) {
      answer = { error: `${error.name}: ${error.message}` };
    }
    console.log(`= ${JSON.stringify(answer) ?? 'null'}`);
  });
  setInterval(() => {}, 1000);
  console.log('ready');
};
