import { type Palette, paletteOf } from './colours.js';
import type { Frames } from './data.js';
import type { FlameData } from './flameData.js';
import { Painter, ROW, type Scene } from './painter.js';
import type { Search } from './search.js';
import type { Tree } from './tree.js';

const GLIDE_MS = 160;
/** A window on the line is never narrower than this part of all. */
const MOST_ZOOM = 1e-9;
const PAN_FROM = 4;

export interface GraphEvents {
  hover(node: number, x: number, y: number): void;
  zoomed(node: number): void;
}

/** The canvas: what part of a tree it shows, and how it is moved about. */
export class Graph {
  readonly painter: Painter;
  readonly #scroller: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #data: FlameData;
  readonly #frames: Frames;
  readonly #events: GraphEvents;
  #tree: Tree;
  #palette: Palette;
  #from = 0;
  #to = 1;
  #zoomed = 0;
  #hovered = -1;
  #selected = -1;
  #upside = false;
  #search: Search | undefined;
  #asked = 0;
  #glide = 0;

  constructor(
    parts: { scroller: HTMLElement; spacer: HTMLElement; canvas: HTMLCanvasElement },
    data: FlameData,
    frames: Frames,
    tree: Tree,
    events: GraphEvents,
  ) {
    this.#scroller = parts.scroller;
    this.#spacer = parts.spacer;
    this.#canvas = parts.canvas;
    this.#data = data;
    this.#frames = frames;
    this.#tree = tree;
    this.#events = events;
    this.#palette = paletteOf(frames, data.kinds, false);
    const context = parts.canvas.getContext('2d');
    if (!context) throw new Error('this browser draws on no canvas');
    this.painter = new Painter(context, frames);
    this.#listen();
    this.show(tree);
  }

  get tree(): Tree {
    return this.#tree;
  }

  /** The node that is as wide as the canvas. */
  get zoomed(): number {
    return this.#zoomed;
  }

  get selected(): number {
    return this.#selected;
  }

  get upside(): boolean {
    return this.#upside;
  }

  /** Another tree, all of it. */
  show(tree: Tree): void {
    this.#tree = tree;
    this.#selected = -1;
    this.#hovered = -1;
    this.#spacer.style.height = `${tree.levels.length * ROW}px`;
    this.#stay();
    this.#from = 0;
    this.#to = tree.total[0] || 1;
    this.#zoomed = 0;
    this.#home();
    this.#events.zoomed(0);
    this.redraw();
  }

  paint(dark: boolean): void {
    this.#palette = paletteOf(this.#frames, this.#data.kinds, dark);
    this.redraw();
  }

  search(search: Search | undefined): void {
    this.#search = search;
    this.redraw();
  }

  /** Root at the top, or at the bottom as flames burn. */
  flip(upside: boolean): void {
    this.#upside = upside;
    this.#home();
    this.redraw();
  }

  zoom(node: number): void {
    const tree = this.#tree;
    this.#zoomed = node;
    const from = tree.start[node] ?? 0;
    this.#move(from, from + Math.max(tree.total[node] ?? 0, (tree.total[0] ?? 1) * MOST_ZOOM));
    if (node === 0) this.#home();
    else this.#bringIntoView(node);
    this.#events.zoomed(node);
  }

  select(node: number): void {
    this.#selected = node;
    if (node >= 0) {
      this.#bringIntoView(node);
      const [left, right] = this.#edges(node);
      if (right < 0 || left > this.#width || right - left < 2) this.zoom(this.#tree.parent[node] ?? 0);
    }
    this.redraw();
  }

  redraw(): void {
    if (this.#asked !== 0) return;
    this.#asked = requestAnimationFrame(() => {
      this.#asked = 0;
      this.#draw();
    });
  }

  get #width(): number {
    return this.#scroller.clientWidth;
  }

  #draw(): void {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [this.#width, this.#scroller.clientHeight];
    const canvas = this.#canvas;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    // The canvas sticks to the window that is scrolled, so the spacer gives its height back.
    this.#spacer.style.marginBottom = `${-Math.min(height, this.#tree.levels.length * ROW)}px`;
    this.painter.draw(this.#scene(width, height), this.#palette, ratio);
  }

  #scene(width: number, height: number): Scene {
    return {
      tree: this.#tree,
      from: this.#from,
      to: this.#to,
      width,
      height,
      top: this.#top,
      upside: this.#upside,
      search: this.#search,
      hovered: this.#hovered,
      selected: this.#selected,
    };
  }

  /** Flames that do not fill the window stand on its floor. */
  get #top(): number {
    const missing = this.#scroller.clientHeight - this.#tree.levels.length * ROW;
    return this.#upside && missing > 0 ? -missing : this.#scroller.scrollTop;
  }

  #home(): void {
    this.#scroller.scrollTop = this.#upside ? this.#scroller.scrollHeight : 0;
  }

  #rowOf(node: number): number {
    const depth = this.#tree.depth[node] ?? 0;
    return this.#upside ? this.#tree.levels.length - 1 - depth : depth;
  }

  #bringIntoView(node: number): void {
    const y = this.#rowOf(node) * ROW;
    const { scrollTop, clientHeight } = this.#scroller;
    if (y < scrollTop + ROW || y > scrollTop + clientHeight - 3 * ROW) {
      this.#scroller.scrollTop = y - clientHeight / 3;
    }
  }

  #edges(node: number): [left: number, right: number] {
    const scale = this.#width / (this.#to - this.#from);
    const start = this.#tree.start[node] ?? 0;
    return [(start - this.#from) * scale, (start + (this.#tree.total[node] ?? 0) - this.#from) * scale];
  }

  #move(from: number, to: number): void {
    this.#stay();
    const [fromBefore, toBefore] = [this.#from, this.#to];
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      [this.#from, this.#to] = [from, to];
      this.redraw();
      return;
    }
    const began = performance.now();
    const step = (now: number): void => {
      const part = Math.min(1, Math.max(0, (now - began) / GLIDE_MS));
      const eased = 1 - (1 - part) ** 3;
      this.#from = fromBefore + (from - fromBefore) * eased;
      this.#to = toBefore + (to - toBefore) * eased;
      this.#draw();
      if (part < 1) this.#glide = requestAnimationFrame(step);
    };
    this.#glide = requestAnimationFrame(step);
  }

  /** A glide that is still on its way would take the graph to where it no longer should go. */
  #stay(): void {
    cancelAnimationFrame(this.#glide);
  }

  #nodeAt(event: MouseEvent): number {
    const box = this.#canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top + this.#top) / ROW);
    const depth = this.#upside ? this.#tree.levels.length - 1 - row : row;
    const place = this.#from + ((event.clientX - box.left) / this.#width) * (this.#to - this.#from);
    return this.#tree.at(depth, place);
  }

  #listen(): void {
    const canvas = this.#canvas;
    this.#scroller.addEventListener('scroll', () => this.redraw(), { passive: true });
    new ResizeObserver(() => this.redraw()).observe(this.#scroller);
    canvas.addEventListener('mouseleave', () => this.#hover(-1, 0, 0));
    canvas.addEventListener('mousemove', (event) => {
      if (event.buttons === 0) this.#hover(this.#nodeAt(event), event.clientX, event.clientY);
    });
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey) {
          // Sideways only where there is something beside what is seen.
          if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.#pan(event.deltaX);
          return;
        }
        event.preventDefault();
        this.#zoomAt(event.offsetX / this.#width, Math.exp(event.deltaY * 0.004));
      },
      { passive: false },
    );
    this.#drag();
  }

  /** A press that does not move is a click; one that does moves the graph. */
  #drag(): void {
    let last: { x: number; y: number; moved: boolean } | undefined;
    this.#canvas.addEventListener('pointerdown', (event) => {
      if (event.button === 0) last = { x: event.clientX, y: event.clientY, moved: false };
    });
    this.#canvas.addEventListener('pointermove', (event) => {
      if (!last || event.buttons === 0) return;
      const [dx, dy] = [event.clientX - last.x, event.clientY - last.y];
      if (!last.moved && Math.hypot(dx, dy) < PAN_FROM) return;
      if (!last.moved) this.#canvas.setPointerCapture(event.pointerId);
      this.#hover(-1, 0, 0);
      this.#pan(-dx);
      this.#scroller.scrollTop -= dy;
      last = { x: event.clientX, y: event.clientY, moved: true };
    });
    this.#canvas.addEventListener('pointerup', (event) => {
      const wasClick = last && !last.moved;
      last = undefined;
      if (!wasClick) return;
      const node = this.#nodeAt(event);
      if (node < 0) return;
      this.#selected = node;
      this.zoom(node);
    });
  }

  #hover(node: number, x: number, y: number): void {
    if (node !== this.#hovered) {
      this.#hovered = node;
      this.redraw();
    }
    this.#events.hover(node, x, y);
  }

  #pan(pixels: number): void {
    this.#stay();
    const all = this.#tree.total[0] ?? 1;
    const wide = this.#to - this.#from;
    const from = Math.min(all - wide, Math.max(0, this.#from + (pixels * wide) / this.#width));
    [this.#from, this.#to] = [from, from + wide];
    this.redraw();
  }

  #zoomAt(part: number, factor: number): void {
    this.#stay();
    const all = this.#tree.total[0] ?? 1;
    const wide = Math.min(all, Math.max(all * MOST_ZOOM, (this.#to - this.#from) * factor));
    const fixed = this.#from + (this.#to - this.#from) * part;
    const from = Math.min(all - wide, Math.max(0, fixed - wide * part));
    [this.#from, this.#to] = [from, from + wide];
    this.redraw();
  }
}
