import type { Palette } from './colours.js';
import type { Frames } from './data.js';
import type { Search } from './search.js';
import type { Tree } from './tree.js';

export const ROW = 19;
const FONT_SIZE = 11.5;
const FONT = `${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace`;
const PAD = 5;
/** Narrower than this a node has no text. */
const TEXT_FROM = 26;

/** What is to be seen. */
export interface Scene {
  readonly tree: Tree;
  /** The part of the line that is as wide as the canvas. */
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly height: number;
  /** Pixels that are scrolled away above. */
  readonly top: number;
  /** Rows between the first and the root: callers lie below their callees. */
  readonly upside: boolean;
  readonly search: Search | undefined;
  readonly hovered: number;
  readonly selected: number;
}

/** Draws what is visible: a canvas full at most, however many nodes there are. */
export class Painter {
  readonly #context: CanvasRenderingContext2D;
  readonly #frames: Frames;
  #charWidth = 7;
  /** Rectangles of the last picture, and pictures so far: for tests. */
  rectangles = 0;
  pictures = 0;

  constructor(context: CanvasRenderingContext2D, frames: Frames) {
    this.#context = context;
    this.#frames = frames;
  }

  draw(scene: Scene, palette: Palette, ratio: number): void {
    const context = this.#context;
    const { tree, height, top, width } = scene;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    context.textBaseline = 'middle';
    this.#charWidth = context.measureText('0'.repeat(50)).width / 50;
    this.rectangles = 0;
    this.pictures += 1;
    const first = Math.max(0, Math.floor(top / ROW));
    const last = Math.min(tree.levels.length - 1, Math.ceil((top + height) / ROW));
    for (let row = first; row <= last; row++) {
      this.#level(scene, palette, scene.upside ? tree.levels.length - 1 - row : row, row * ROW - top);
    }
    this.#outline(scene, scene.selected, palette.match, 2);
    this.#outline(scene, scene.hovered, palette.outline, 1.5);
  }

  /** Text is measured once: the font is one of fixed width. */
  #level(scene: Scene, palette: Palette, depth: number, y: number): void {
    const { tree, from, to, width } = scene;
    const nodes = tree.levels[depth];
    if (!nodes) return;
    const scale = width / (to - from);
    let index = Math.max(0, tree.lastBefore(nodes, from));
    for (; index < nodes.length; ) {
      const node = nodes[index] ?? 0;
      const start = tree.start[node] ?? 0;
      if (start >= to) return;
      const end = start + (tree.total[node] ?? 0);
      if (end <= from) {
        index += 1;
        continue;
      }
      const left = Math.max(0, (start - from) * scale);
      const right = Math.min(width, (end - from) * scale);
      if (right - left >= 1) {
        this.#node(scene, palette, node, left, right, y);
        index += 1;
        continue;
      }
      // What shares a pixel is one stroke of it, of the colour of the first: the rest is jumped over.
      this.#stroke(scene, palette, node, left, y);
      const next = tree.lastBefore(nodes, from + (left + 1) / scale);
      index = Math.max(index + 1, next);
    }
  }

  #node(scene: Scene, palette: Palette, node: number, left: number, right: number, y: number): void {
    const context = this.#context;
    const frame = scene.tree.frame[node] ?? 0;
    const { fill, text } = this.#look(scene, palette, frame);
    const gap = right - left > 3 ? 1 : 0;
    context.fillStyle = fill;
    context.fillRect(left, y, right - left - gap, ROW - 1);
    this.rectangles += 1;
    if (right - left < TEXT_FROM) return;
    const room = Math.floor((right - left - 2 * PAD) / this.#charWidth);
    const name = this.#frames.name(frame);
    const place = this.#frames.place(frame);
    context.fillStyle = text;
    context.fillText(shorten(name, room), left + PAD, y + ROW / 2);
    if (place === '' || room < name.length + 8) return;
    context.globalAlpha = 0.62;
    context.fillText(
      shortenLeft(place, room - name.length - 2),
      left + PAD + (name.length + 2) * this.#charWidth,
      y + ROW / 2,
    );
    context.globalAlpha = 1;
  }

  #stroke(scene: Scene, palette: Palette, node: number, left: number, y: number): void {
    const { fill } = this.#look(scene, palette, scene.tree.frame[node] ?? 0);
    this.#context.fillStyle = fill;
    this.#context.fillRect(left, y, 1, ROW - 1);
    this.rectangles += 1;
  }

  #look({ search }: Scene, palette: Palette, frame: number): { fill: string; text: string } {
    if (!search) return { fill: palette.fill[frame] ?? '', text: palette.text };
    if (search.marks[frame]) return { fill: palette.match, text: palette.matchText };
    return { fill: palette.faded[frame] ?? '', text: palette.dimText };
  }

  #outline({ tree, from, to, width, top, upside }: Scene, node: number, colour: string, line: number): void {
    if (node < 0) return;
    const scale = width / (to - from);
    const left = Math.max(0, ((tree.start[node] ?? 0) - from) * scale);
    const right = Math.min(width, ((tree.start[node] ?? 0) + (tree.total[node] ?? 0) - from) * scale);
    if (right <= left) return;
    const depth = tree.depth[node] ?? 0;
    const y = (upside ? tree.levels.length - 1 - depth : depth) * ROW - top;
    this.#context.strokeStyle = colour;
    this.#context.lineWidth = line;
    this.#context.strokeRect(
      left + line / 2,
      y + line / 2,
      Math.max(1, right - left - 1 - line),
      ROW - 1 - line,
    );
  }
}

function shorten(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}\u2026`;
}

/** Of a path the end tells most. */
function shortenLeft(text: string, room: number): string {
  return text.length <= room ? text : `\u2026${text.slice(text.length - Math.max(0, room - 1))}`;
}
