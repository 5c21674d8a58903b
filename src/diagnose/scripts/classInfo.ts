import { type FoundClass, packageOf, type Script, type Target } from '../../target/index.js';

/** The small form that stands wherever one of several has to be chosen (wire/arthas.md 3.6, "class ref"). */
export interface ModuleRef {
  readonly name: string;
  /** The package a module belongs to, `express@4.21.0`; empty for the program's own without a package.json. */
  readonly classloader: readonly string[];
}

export async function moduleRef(target: Target, script: Script, name = script.name): Promise<ModuleRef> {
  const info = await packageOf(target, script);
  return { name, classloader: info ? [info.version ? `${info.name}@${info.version}` : info.name] : [] };
}

/** What `sc -d` shows of a module. */
export async function moduleInfo(
  target: Target,
  script: Script,
  originals: readonly string[],
  classes: readonly FoundClass[],
): Promise<object> {
  return {
    ...(await moduleRef(target, script)),
    classInfo: script.name,
    codeSource: script.path || script.url,
    simpleName: script.name.replace(/.*\//s, ''),
    modifier: script.isModule ? 'esm' : 'commonjs',
    annotations: [],
    interfaces: [],
    superClass: [],
    ...FLAGS,
    sources: originals,
    classes: classes.map(({ name }) => name),
    length: script.length,
  };
}

export interface FieldValue {
  readonly value: string;
  readonly json: unknown;
}

/** What `sc -d` shows of a class; with `fields` (`-f`) its fields as they are declared. */
export async function classInfo(
  target: Target,
  { script, name, info, line }: FoundClass,
  fields: ReadonlyMap<string, FieldValue> | undefined,
): Promise<object> {
  const whole = `${script.name}:${name}`;
  return {
    ...(await moduleRef(target, script, whole)),
    classInfo: whole,
    codeSource: script.path || script.url,
    simpleName: name,
    modifier: info.exported ? 'export' : '',
    annotations: [],
    interfaces: [],
    superClass: info.superClass === '' ? [] : [info.superClass],
    ...FLAGS,
    anonymousClass: info.name === '',
    localClass: info.within !== '',
    line,
    fields: fields && info.fields.map((field) => fieldInfo(field, fields.get(field.name))),
  };
}

function fieldInfo(field: FoundClass['info']['fields'][number], value: FieldValue | undefined): object {
  const words = [field.isPrivate && 'private', field.isStatic && 'static'].filter(Boolean);
  return {
    name: field.name,
    type: field.isFunction ? 'Function' : '',
    modifier: words.join(','),
    annotations: [],
    static: field.isStatic,
    ...value,
  };
}

/** Kinds that JavaScript does not have. */
const FLAGS = {
  interface: false,
  annotation: false,
  enum: false,
  anonymousClass: false,
  array: false,
  localClass: false,
  memberClass: false,
  primitive: false,
  synthetic: false,
};
