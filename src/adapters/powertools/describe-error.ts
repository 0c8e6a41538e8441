import { causesOf } from '../../domain/kernel/index.ts';
import { isServerError, mayQuoteValues } from '../dsql/server-error.ts';

/** How many causes of an error are described. */
const causesMax = 8;

/** What is told instead of the message of a server error that may quote values. */
const withheld = '(withheld: it may quote values)';

/** What may be told of one error. */
export type ErrorDescription = {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly stack?: string;
};

type DatabaseFields = {
  readonly code?: unknown;
  readonly constraint?: unknown;
  readonly table?: unknown;
};

/** The message of a server error that may hold what was in a statement or a row. */
const secretOf = (error: unknown): readonly string[] =>
  isServerError(error) && error.message !== '' && mayQuoteValues(error) ? [error.message] : [];

/**
 * What a log, or an answer, may say of an error and its causes, outermost first and eight at most: by name, since a
 * database error also carries the row that failed, and that is nobody's business but the database's. Its message is
 * withheld where it may quote a value, also from the errors that repeat it.
 */
export const describeError = (error: unknown): readonly ErrorDescription[] => {
  const causes = [...causesOf(error)];
  const secrets = causes.flatMap(secretOf);
  const clean = (text: string): string =>
    secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, withheld), text);
  const textField = (name: 'code' | 'constraint' | 'table', value: unknown) =>
    typeof value === 'string' ? { [name]: value } : {};

  return causes.slice(0, causesMax).map((one) => {
    if (!(one instanceof Error)) return { name: 'Unknown', message: clean(String(one)) };
    const { name, message, stack, code, constraint, table } = one as Error & DatabaseFields;
    return {
      name,
      message: clean(message),
      ...textField('code', code),
      ...textField('constraint', constraint),
      ...textField('table', table),
      ...(stack === undefined ? {} : { stack: clean(stack) }),
    };
  });
};
