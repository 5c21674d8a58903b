/** What else must hold of a class and of a generator function, watched or not. */

function faults(rules: readonly (readonly [unknown, string])[]): string[] {
  return rules.flatMap(([fine, what]) => (fine ? [] : [what]));
}

function caught(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

type WidgetClass = (new (a: unknown, b: number) => object) & { isKnown(value: unknown): boolean };

export function checkConstructor(
  Widget: WidgetClass,
  SubWidget: WidgetClass,
  a: number,
  b: number,
): string[] {
  const widget = new Widget(a, b);
  const sub = new SubWidget(a, b);
  const other = Reflect.construct(Widget, [a, b], SubWidget) as object;
  return faults([
    [Widget.isKnown(widget), 'an instance is none'],
    [Widget.isKnown(sub) && sub instanceof SubWidget, 'an instance of a subclass is none'],
    [other instanceof SubWidget, 'Reflect.construct took another prototype'],
    [widget.constructor === Widget, 'constructor is another'],
    [Object.getPrototypeOf(SubWidget) === Widget, 'a subclass has another parent'],
  ]);
}

/** No body runs in it, and yet it is a call. */
export function checkNew(Widget: WidgetClass): string[] {
  const thrown = caught(() => (Widget as unknown as () => unknown)());
  return faults([[thrown instanceof TypeError, 'a call without `new` is no TypeError']]);
}

type Generate = (a: unknown, b: number) => Generator<number, number, unknown>;

export function checkGenerator(generate: Generate, a: number, b: number): string[] {
  const iterator = generate(a, b);
  const first = iterator.next();
  const last = iterator.next(5);
  const error = new Error('thrown in');
  const thrower = generate(a, b);
  thrower.next();
  const leaver = generate(a, b);
  leaver.next();
  const ended = leaver.return(7);
  return faults([
    [
      iterator instanceof (generate as unknown as new () => object),
      'the iterator is no instance of its function',
    ],
    [Object.prototype.toString.call(iterator) === '[object Generator]', 'the iterator is no Generator'],
    [iterator[Symbol.iterator]() === iterator, 'the iterator iterates another'],
    [!first.done && first.value === a * 100 + b - 1, 'the first value is another'],
    [last.done && last.value === a * 100 + b + 5, 'what is sent in gets lost'],
    [caught(() => thrower.throw(error)) === error, 'an error thrown in comes out as another'],
    [ended.done && ended.value === 7, 'return(7) gives another value'],
  ]);
}
