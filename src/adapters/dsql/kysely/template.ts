import type { Compilable } from 'kysely';
import { QueryStatement } from '../transaction/kysely-result.ts';
import { Placeholder } from '../wire/json-parameter.ts';
import type { Row, Statement } from '../wire/statement.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A statement for each input. */
export type Template<Input, R = Row> = (input: Input) => Statement<R>;

/**
 * Compiles a Kysely query once. Afterwards a statement costs no more than filling in its
 * parameters; building a query for each command would cost more than sending it. In a unit of work
 * and `tx.read`, the rows go through the plugins of the query's Kysely.
 *
 * Give the input's type at the placeholders, and the statement has the query's row type. With
 * `template<Input>` each row is a `Row`.
 *
 * @param build gets a placeholder for each field of the input. Placeholders may be used in place of
 * values
 * @example
 * const accountById = template(({ id }: { id: string }) =>
 *   db.selectFrom('accounts').selectAll().where('id', '=', id));
 * accountById({ id: 'a-1' }); // { sql, parameters: ['a-1'] }
 */
export function template<Input extends Fields, R>(
  build: (placeholders: Input) => Compilable<R>,
): Template<Input, R>;
export function template<Input extends Fields>(
  build: (placeholders: Input) => Compilable,
): Template<Input>;
export function template<Input extends Fields>(
  build: (placeholders: Input) => Compilable,
): Template<Input> {
  const placeholders = new Proxy({} as Input, {
    get: (_target, name) => new Placeholder(String(name)),
  });
  // Compiled when it is needed: the first request of a function uses only some of its queries.
  let query: Compilable | undefined;
  let compiled: Statement | undefined;
  return (input) => {
    query ??= build(placeholders);
    compiled ??= query.compile();
    const parameters = compiled.parameters.map((value) =>
      value instanceof Placeholder ? value.fill(input[value.name]) : value,
    );
    return new QueryStatement(query, compiled, parameters);
  };
}
