import type { JsonSchemaObject } from 'antipode/domain';

const definitionPattern = /^#\/(?:\$defs|definitions)\/(.+)$/;

/**
 * A schema for a place within a document. A reference in it begins at the root of the document, so
 * its definitions go to `components/schemas`, under names that begin with `prefix`.
 */
export const hoisted = (
  schema: JsonSchemaObject,
  prefix: string,
): { readonly schema: JsonSchemaObject; readonly definitions: JsonSchemaObject } => {
  const rewritten = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rewritten);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const definition =
          name === '$ref' && typeof member === 'string'
            ? definitionPattern.exec(member)?.[1]
            : undefined;
        return definition === undefined
          ? [name, rewritten(member)]
          : [name, `#/components/schemas/${prefix}.${definition}`];
      }),
    );
  };
  const { $defs, definitions, ...own } = schema;
  const all = { ...Object($defs), ...Object(definitions) } as JsonSchemaObject;
  return {
    schema: rewritten(own) as JsonSchemaObject,
    definitions: Object.fromEntries(
      Object.entries(all).map(([name, member]) => [`${prefix}.${name}`, rewritten(member)]),
    ),
  };
};
