/**
 * What an engineer would write by hand: SIGUSR1, find the port on which the process itself listens now, one evaluate over
 * CDP. `node bareScript.js PID`
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

export async function bareAnswer(pid: number): Promise<string> {
  const before = listeningPorts(pid);
  kill(pid, 'SIGUSR1');
  let port: number | undefined;
  while (port === undefined) {
    await sleep(1);
    port = [...listeningPorts(pid)].find((each) => !before.has(each));
  }
  const list = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as Endpoint[];
  const socket = new WebSocket(list[0]?.webSocketDebuggerUrl ?? '');
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

interface Endpoint {
  readonly webSocketDebuggerUrl: string;
}

/** Ports of the process's own listening sockets on IPv4. */
function listeningPorts(pid: number): Set<number> {
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => inodeOf(pid, fd)));
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return new Set(
    rows
      .filter((row) => row[3] === '0A' && inodes.has(row[9]))
      .map((row) => Number.parseInt(row[1]?.split(':')[1] ?? '', 16)),
  );
}

function inodeOf(pid: number, fd: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
  } catch {
    return undefined;
  }
}

const [, script = '', pid] = process.argv;
if (script.endsWith('bareScript.js') && pid) {
  console.log(await bareAnswer(Number(pid)));
  process.exit();
}
