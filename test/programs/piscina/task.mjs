function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

export const run = ({ n }) => fibonacci(n);

// biome-ignore lint/style/noDefaultExport: the pool calls a worker's default export
export default run;
