import type { Compilable } from 'kysely';
import { QueryStatement } from '../transaction/kysely-result.ts';
import { Placeholder } from '../wire/json-parameter.ts';
import type { Row, Statement } from '../wire/statement.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A statement for each input. */
export type Template<Input, R = Row> = (input: Input) => Statement<R>;

/**
 * Compiles a Kysely query once; afterwards a statement costs as much as filling in its parameters. Building a query
 * anew for each command would cost more than sending it. The rows of its statements go through the plugins of the query's
 * Kysely, where a unit of work or `tx.read` reads them.
 *
 * The statement has the query's type of rows where the input's type is said of the placeholders. With the input's type
 * as `template<Input>` each of its rows is a `Row`.
 *
 * @param build gets a placeholder for each field of the input that it names; they may stand wherever a value may
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
  // Not before it is needed: a function has more queries than its first request asks.
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
