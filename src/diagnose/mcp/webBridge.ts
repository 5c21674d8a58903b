import type { IncomingMessage, ServerResponse } from 'node:http';
import { mcpStreamBytes } from './limits.js';

/** Of one connection; whoever writes the response decides. */
const OWN_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

/** The request as the SDK wants it; its body was read before. */
export function webRequest(request: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith(':') || value === undefined) continue;
    headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return new Request('http://localhost/mcp', { method: request.method ?? 'GET', headers });
}

/**
 * Sends the SDK's answer. A reader that is slower than its stream is cut at the limit `mcp-stream-bytes`: the SDK queues
 * without bound. `onEvent` gets the id of its first event. Resolves when the stream is over: true = the client was there to its end.
 */
export async function sendWebResponse(
  answer: Response,
  response: ServerResponse,
  onEvent: (eventId: string) => void,
): Promise<boolean> {
  const headers: Record<string, string> = {};
  answer.headers.forEach((value, name) => {
    if (!OWN_HEADERS.has(name)) headers[name] = value;
  });
  if (response.destroyed) {
    await answer.body?.cancel();
    return false;
  }
  response.writeHead(answer.status, headers);
  if (!answer.body) {
    response.end();
    return true;
  }
  response.flushHeaders();
  const reader = answer.body.getReader();
  const leave = (): void => void reader.cancel().catch(() => {});
  response.once('close', leave);
  let named = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const [, eventId] =
      (!named && EVENT_ID.exec(Buffer.from(value.subarray(0, 200)).toString('latin1'))) || [];
    if (eventId !== undefined) {
      named = true;
      onEvent(eventId);
    }
    response.write(value);
    if (response.writableLength > mcpStreamBytes.value) {
      response.destroy();
      return false;
    }
  }
  response.off('close', leave);
  if (response.destroyed) return false;
  response.end();
  return true;
}

const EVENT_ID = /^id: (.+)$/m;

/**
 * The one message of an answer as plain JSON. The SDK answers every request by a stream; `initialize` is answered by JSON
 * (wire/arthas.md 4.4), which needs no parser of events.
 */
export async function asJson(answer: Response): Promise<Response> {
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer;
  const events = await answer.text();
  const data = events.split('\n').findLast((line) => line.startsWith('data: ') && line.length > 6);
  const headers = new Headers(answer.headers);
  headers.set('content-type', 'application/json');
  return new Response(data?.slice(6) ?? '', { status: answer.status, headers });
}
