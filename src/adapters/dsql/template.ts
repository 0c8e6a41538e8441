import type { Compilable } from 'kysely';
import type { Statement } from './statement.ts';

/** Stands for a parameter while a query is compiled. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Compiles a Kysely query once; afterwards a statement costs as much as filling in its parameters. Building a query
 * anew for each command would cost more than sending it.
 *
 * @param build gets a placeholder for each field of the input that it names; they may stand wherever a value may
 * @example
 * const accountById = template<{ id: string }>(({ id }) =>
 *   db.selectFrom('accounts').selectAll().where('id', '=', id));
 * accountById({ id: 'a-1' }); // { sql, parameters: ['a-1'] }
 */
export const template = <Input extends Readonly<Record<string, unknown>>>(
  build: (placeholders: Input) => Compilable,
): ((input: Input) => Statement) => {
  const placeholders = new Proxy({} as Input, {
    get: (_target, name) => new Placeholder(String(name)),
  });
  // Not before it is needed: a function has more queries than its first request asks.
  let compiled: Statement | undefined;
  return (input) => {
    compiled ??= build(placeholders).compile();
    const { sql, parameters } = compiled;
    return {
      sql,
      parameters: parameters.map((value) =>
        value instanceof Placeholder ? input[value.name] : value,
      ),
    };
  };
};
