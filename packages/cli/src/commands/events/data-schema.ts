import type { EventDeclaration, JsonSchemaObject } from 'antipode/domain';

/** The dialect that AsyncAPI's own schemas extend, and that every library writes. */
const target = 'draft-07';

/** The JSON Schema of an event's data as they are published. */
export type DataSchema = {
  readonly schema: JsonSchemaObject;
  /** Rules of the validator that JSON Schema cannot say, such as a check by a function. */
  readonly omitted: readonly string[];
};

/** The part of Standard JSON Schema 1 that is called; https://standardschema.dev. */
type StandardJsonSchema = {
  readonly input: (options: { readonly target: string }) => JsonSchemaObject;
};

const standardJsonSchema = (schema: unknown): StandardJsonSchema | undefined => {
  const { jsonSchema } = (schema as { readonly '~standard': { readonly jsonSchema?: unknown } })[
    '~standard'
  ];
  return typeof (jsonSchema as Partial<StandardJsonSchema> | undefined)?.input === 'function'
    ? (jsonSchema as StandardJsonSchema)
    : undefined;
};

/** `$schema` names the dialect, which the whole document has. */
const withoutDialect = ({ $schema: _, ...schema }: JsonSchemaObject): JsonSchemaObject => schema;

const fromValibot = async (schema: unknown): Promise<DataSchema> => {
  const { toJsonSchema } = await import('@valibot/to-json-schema');
  const omitted: string[] = [];
  const converted = toJsonSchema(schema as never, {
    typeMode: 'input',
    target,
    errorMode: 'ignore',
    overrideSchema: ({ errors }) => {
      if (errors) throw new Error(errors.join(' '));
      return undefined;
    },
    overrideAction: ({ valibotAction, errors, jsonSchema }) => {
      if (errors) omitted.push(valibotAction.type);
      return jsonSchema;
    },
  });
  return { schema: withoutDialect(converted as JsonSchemaObject), omitted };
};

const vendorOf = (declaration: EventDeclaration): string => declaration.schema['~standard'].vendor;

/**
 * The JSON Schema of an event's data: the declared one, or the one that the validator gives.
 *
 * @throws {Error} that names the event and the fix where there is none.
 */
export const dataSchemaOf = async (
  type: string,
  declaration: EventDeclaration,
): Promise<DataSchema> => {
  const { jsonSchema, schema } = declaration;
  const declared = typeof jsonSchema === 'function' ? await jsonSchema() : jsonSchema;
  if (declared) return { schema: withoutDialect(declared), omitted: [] };
  try {
    const standard = standardJsonSchema(schema);
    if (standard) return { schema: withoutDialect(standard.input({ target })), omitted: [] };
    if (vendorOf(declaration) === 'valibot') return await fromValibot(schema);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new Error(
      `event ${type}: its schema has no form in JSON Schema (${reason}): give \`jsonSchema\` in its declaration`,
      { cause },
    );
  }
  throw new Error(
    `event ${type}: ${vendorOf(declaration)} gives no JSON Schema here: give \`jsonSchema\` in its declaration`,
  );
};
