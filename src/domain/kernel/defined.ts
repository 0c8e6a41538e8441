/** The fields of `T` that have a value: those that may be undefined become optional. */
export type Defined<T> = {
  [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key];
} & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/**
 * Leaves out the fields that are undefined. With `exactOptionalPropertyTypes` an optional field
 * may be absent but not undefined.
 *
 * @example
 * const retried = { id, ...defined({ description, deadline }) };
 */
export const defined = <const T extends object>(fields: T): Defined<T> => {
  const kept: Partial<Record<string, unknown>> = {};
  // `for … in` makes no list of the entries: each invocation comes through here several times.
  for (const name in fields) {
    const value: unknown = fields[name];
    if (value !== undefined && Object.hasOwn(fields, name)) kept[name] = value;
  }
  return kept as Defined<T>;
};
