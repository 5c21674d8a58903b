import type { WebSocket } from 'ws';
import { type Caller, errorText, PRODUCT_TITLE, RemoraError } from '../../base/index.js';
import type { Result } from '../command.js';
import { terminalAhead } from '../limits.js';
import { visible } from '../render/index.js';
import type { Session } from '../session.js';
import type { SessionStore } from '../sessionStore.js';
import { Shell, type ShellEnd } from '../shell/index.js';
import { banner } from './banner.js';
import { LocalSession } from './localSession.js';
import { SocketScreen } from './socketScreen.js';
import { parseTerminalFrame } from './terminalFrame.js';

/** The reference's: a ping after 10 s without output. */
const PING_MS = 10_000;
/** So many pings without an answer: nobody is there. */
const MOST_UNANSWERED = 3;
const NORMAL = 1000;
const GOING_AWAY = 1001;
const LAST_WORD_MS = 2000;

export interface TerminalWish {
  readonly caller: Caller;
  /** Names the process; else the agent's rule applies. */
  readonly process: string | undefined;
  /** No greeting. */
  readonly quiet: boolean;
}

/** One terminal of a browser: a session of its own that lives and dies with the connection. */
export async function runTerminal(store: SessionStore, socket: WebSocket, wish: TerminalWish): Promise<void> {
  const screen = new SocketScreen(socket);
  const typed = new Typed(socket, screen);
  const say = (text: string) => screen.write(`${visible(text, true)}\n`);
  let opened: Awaited<ReturnType<SessionStore['openSession']>>;
  try {
    opened = await store.openSession({ process: wish.process });
  } catch (error) {
    if (!(error instanceof RemoraError)) store.fault(error, 'a terminal');
    say(screen.style.red(error instanceof RemoraError ? error.text : 'Server error'));
    screen.end(() => socket.close(NORMAL, 'no session'));
    return;
  }
  const { session, consumer } = opened;
  session.isTerminal = true;
  const local = new LocalSession(store, session, consumer, wish.caller);
  const guess = await guessProcess(store, session);
  const shell = new Shell({
    session: local,
    screen,
    history: { load: () => store.history.lines(wish.caller.user).reverse(), append: () => undefined },
    prompt: () => `[arthas@${session.target.known?.pid ?? guess ?? '-'}]$ `,
    shows: (result) => !isGreeting(result),
  });
  const alive = watchLife(socket, screen);
  socket.once('close', () => shell.leave());
  if (!wish.quiet) {
    screen.write(`${banner(welcomeOf(store, session, guess), screen.style, screen.width)}\n`);
  }
  try {
    typed.to(shell, session);
    if (socket.readyState === socket.OPEN) bye(socket, screen, session, await shell.run());
  } finally {
    alive.stop();
    store.hangUp(session);
  }
}

/** Frames of the client: the first come before there is a shell to type into. */
class Typed {
  #early = '';
  #shell: Shell | undefined;
  #session: Session | undefined;

  constructor(socket: WebSocket, screen: SocketScreen) {
    socket.on('message', (data, isBinary) => {
      const frame = isBinary ? undefined : parseTerminalFrame(String(data));
      if (!frame) return;
      this.#session?.touch(undefined);
      if (screen.isStuck) screen.cut();
      else if (frame.action === 'resize') {
        screen.resize(frame);
        this.#shell?.resized();
      } else if (this.#shell) this.#shell.type(frame.data);
      else this.#early = (this.#early + frame.data).slice(0, terminalAhead.value);
    });
  }

  to(shell: Shell, session: Session): void {
    this.#shell = shell;
    this.#session = session;
    if (this.#early !== '') shell.type(this.#early);
  }
}

function bye(socket: WebSocket, screen: SocketScreen, session: Session, end: ShellEnd): void {
  if (socket.readyState !== socket.OPEN) return;
  const lost = end.kind === 'lost';
  const text = lost
    ? `session (${session.sessionId}) is closed because ${errorText(end.error)}`
    : `Session has been terminated.\n${PRODUCT_TITLE} is still running in the background.`;
  screen.write(`${visible(text)}\n`);
  screen.end(() => socket.close(lost ? GOING_AWAY : NORMAL, 'the session has ended'));
  // A reader that takes nothing more is not waited for.
  setTimeout(() => socket.terminate(), LAST_WORD_MS).unref();
}

/** Our own banner says the same. */
function isGreeting(result: Result): boolean {
  return result.jobId === 0 && (result.type === 'welcome' || result.type === 'message');
}

/** Pid of the process that a command would mean; undefined where that cannot be said yet. */
async function guessProcess(store: SessionStore, session: Session): Promise<number | undefined> {
  if (session.target.known) return session.target.known.pid;
  return await store.targets.resolve(undefined).then(
    (process) => process.pid,
    () => undefined,
  );
}

function welcomeOf(store: SessionStore, session: Session, pid: number | undefined): Result {
  const [, welcome] = store.greeting(session);
  return { type: 'welcome', ...welcome, pid: welcome?.pid ?? pid };
}

/** Pings when it is quiet; ends the connection of one that is gone without a word. */
function watchLife(socket: WebSocket, screen: SocketScreen): { stop(): void } {
  let unanswered = 0;
  const heard = () => {
    unanswered = 0;
  };
  socket.on('pong', heard);
  socket.on('message', heard);
  const timer = setInterval(() => {
    if (performance.now() - screen.lastOutput < PING_MS) return;
    if (unanswered >= MOST_UNANSWERED) {
      socket.terminate();
      return;
    }
    unanswered += 1;
    socket.ping();
  }, PING_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
