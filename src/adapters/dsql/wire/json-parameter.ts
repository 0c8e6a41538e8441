import { InvariantViolation } from '../../../domain/kernel/index.ts';
import { jsonText } from './json-text.ts';

/** A parameter that is sent as JSON. */
export class JsonParameter {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  /** `pg` calls this method of each parameter that has it. */
  toPostgres(): string {
    return jsonText(this.value);
  }

  toJSON(): unknown {
    return this.value;
  }
}

/**
 * Stands for a field of a template's input while the query is compiled, when the field has no
 * value. Using it in a calculation is refused: `NaN` or `[object Object]` would become part of the
 * SQL.
 */
export class Placeholder {
  readonly name: string;
  readonly #as: 'given' | 'column' | 'json';

  constructor(name: string, as: 'given' | 'column' | 'json' = 'given') {
    this.name = name;
    this.#as = as;
  }

  asJson(): Placeholder {
    return new Placeholder(this.name, 'json');
  }

  /** The placeholder for a column's value. */
  forColumn(): Placeholder {
    return this.#as === 'given' ? new Placeholder(this.name, 'column') : this;
  }

  /** Called by a plugin that writes values as JSON. */
  toJSON(): never {
    return this.#refuse();
  }

  /** Called by an operator, a template literal or `String`. */
  [Symbol.toPrimitive](): never {
    return this.#refuse();
  }

  #refuse(): never {
    throw new InvariantViolation(
      `The template uses the field "${this.name}" while the query is built, when it has no value: calculate before you call the template, or in SQL`,
    );
  }

  fill(value: unknown): unknown {
    if (this.#as === 'json') return new JsonParameter(value);
    return this.#as === 'column' ? columnValue(value) : value;
  }
}

/** A value for a column. An array is sent as JSON, since DSQL has no columns of arrays. */
export const columnValue = (value: unknown): unknown => {
  if (Array.isArray(value)) return new JsonParameter(value);
  return value instanceof Placeholder ? value.forColumn() : value;
};

/**
 * Sends a value as JSON that would otherwise be sent as another type: a text or `null` for a `json`
 * or `jsonb` column, or an array in raw SQL. Objects, and arrays for a column of a Kysely INSERT or
 * UPDATE, are sent as JSON without it.
 *
 * The result is typed as the value, so that it fits a column of that type; use it as a parameter
 * only.
 *
 * @example
 * db.insertInto('notes').values({ id, body: json('a text') });
 * statement('UPDATE notes SET tags = $2 WHERE id = $1', id, json(['a', 'b']));
 */
export const json = <Value>(value: Value): Value =>
  (value instanceof Placeholder ? value.asJson() : new JsonParameter(value)) as Value;
