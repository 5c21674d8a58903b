import type { StandardSchemaV1 } from '@modelcontextprotocol/server';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';

/** Parameters of `tasks/*`, which the SDK parses only by a schema that it is given. */
export const TASK_PARAMS = {
  params: standard(Type.Object({ taskId: Type.String({ maxLength: 200 }) })),
};
export const LIST_PARAMS = {
  params: standard(Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 200 })) })),
};

/** A TypeBox schema in the common form of schema libraries (Standard Schema 1). */
function standard<T extends TSchema>(schema: T): StandardSchemaV1<unknown, Static<T>> {
  return {
    '~standard': {
      version: 1,
      vendor: 'typebox',
      validate(value) {
        if (Value.Check(schema, value)) return { value };
        return {
          issues: Value.Errors(schema, value).map(({ instancePath, message }) => ({
            message: `${instancePath.slice(1) || 'params'} ${message}`,
          })),
        };
      },
    },
  };
}
