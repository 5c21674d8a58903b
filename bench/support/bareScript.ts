/** What an engineer would write by hand: SIGUSR1, wait for the port, one evaluate over CDP. `node bareScript.js PID` */
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

export async function bareAnswer(pid: number): Promise<string> {
  kill(pid, 'SIGUSR1');
  let list: { webSocketDebuggerUrl: string }[] | undefined;
  while (!list) {
    try {
      list = (await (await fetch('http://127.0.0.1:9229/json/list')).json()) as typeof list;
    } catch {
      await sleep(1);
    }
  }
  const socket = new WebSocket(list?.[0]?.webSocketDebuggerUrl ?? '');
  const answer = await new Promise<string>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => {
      socket.send(
        JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: 'process.pid' } }),
      );
      socket.once('message', (data) => resolve(String(data)));
    });
  });
  socket.terminate();
  return answer;
}

const [, script = '', pid] = process.argv;
if (script.endsWith('bareScript.js') && pid) {
  console.log(await bareAnswer(Number(pid)));
  process.exit();
}
