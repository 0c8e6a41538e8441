/**
 * The part of Standard Schema 1 (https://standardschema.dev) that the framework calls: Valibot,
 * Zod, ArkType and others implement it.
 */
export interface Schema<Output, Input = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** Judges a value, at once or later, and never throws for a wrong one. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/**
 * The answer of a validation: the value that the schema makes of its input, or everything that is
 * wrong.
 */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong, and where. Its message may quote the input. */
export type SchemaIssue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};
