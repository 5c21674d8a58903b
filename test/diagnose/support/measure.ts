import { request } from 'node:http';

/** What it came to, and how many milliseconds it took. */
export async function took<T>(work: Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const value = await work;
  return [value, performance.now() - start];
}

/** The same value with the keys of every object in alphabetical order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

/** `fetch` hides it. */
export function connectionHeader(url: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', headers: { connection: 'keep-alive' } }, (response) => {
      response.resume();
      resolve(response.headers.connection);
    });
    call.on('error', reject);
    call.end('{"action":"exec","command":"version"}');
  });
}
