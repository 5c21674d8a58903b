import { PRODUCT_TITLE } from '../base/index.js';
import type { Route, RouteSchemas } from './route.js';

const ERROR = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: { code: { type: 'string' }, message: { type: 'string' }, hint: { type: 'string' } },
      required: ['code', 'message', 'hint'],
    },
    requestId: { type: 'string' },
  },
  required: ['error', 'requestId'],
};

const errorContent = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };

interface Parameter {
  readonly name: string;
  readonly in: 'path';
  readonly required: true;
  readonly schema: { readonly type: 'string' };
}

/** `/a/:id/*` as `/a/{id}/{rest}`. */
function template(path: string): { path: string; parameters: Parameter[] } {
  const names: string[] = [];
  const keep = (name: string): string => {
    names.push(name);
    return `{${name}}`;
  };
  const text = path
    .replace(/\/:([A-Za-z0-9_]+)/g, (_, name: string) => `/${keep(name)}`)
    .replace(/\*$/, () => keep('rest'));
  return {
    path: text,
    parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
  };
}

function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return [method, ...words].join('_');
}

function operation(
  route: Route,
  schemas: RouteSchemas,
  method: string,
  id: string,
  parameters: Parameter[],
): object {
  const responses: Record<string, object> = {
    200: {
      description: 'The answer',
      ...(schemas.response ? { content: { 'application/json': { schema: schemas.response } } } : {}),
    },
    default: { description: 'An error', content: errorContent },
  };
  if (route.role !== 'none') {
    responses[401] = {
      description: 'Not known here; the text says how to go on',
      content: { 'text/plain': { schema: { type: 'string' } } },
    };
    responses[403] = { description: `Needs the role ${route.role}`, content: errorContent };
  }
  if (route.handle && method !== 'get') {
    responses[413] = { description: 'The body is too large', content: errorContent };
  }
  return {
    operationId: id,
    summary: route.summary,
    tags: [route.tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(schemas.request
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemas.request } } } }
      : {}),
    responses,
    ...(route.role === 'none' ? { security: [{}] } : {}),
    'x-remora-role': route.role,
  };
}

/** The route list as an OpenAPI 3.1 document. A route of `ANY` method is shown as POST where it takes a body, else GET. */
export async function openApi(routes: readonly Route[], version: string): Promise<object> {
  const paths: Record<string, Record<string, object>> = {};
  const ids = new Set<string>();
  for (const route of routes) {
    const { path, parameters } = template(route.path);
    const schemas = (await route.schemas?.()) ?? {};
    const method = route.method === 'ANY' ? (schemas.request ? 'post' : 'get') : route.method.toLowerCase();
    const item = paths[path] ?? {};
    paths[path] = item;
    if (item[method]) continue;
    // `/a/b` and `/a-b` make the same words, and the ids of a document must differ.
    const words = operationId(method, path);
    let id = words;
    for (let count = 2; ids.has(id); count++) id = `${words}_${count}`;
    ids.add(id);
    item[method] = operation(route, schemas, method, id, parameters);
  }
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  return {
    openapi: '3.1.0',
    info: { title: PRODUCT_TITLE, version: version || '0.0.0' },
    security: [{ bearer: [] }, { basic: [] }, {}],
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      schemas: { Error: ERROR },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic' },
      },
    },
  };
}
