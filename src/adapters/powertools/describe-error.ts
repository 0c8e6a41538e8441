import { defined } from '../../domain/kernel/defined.ts';
import { causesOf } from '../../domain/kernel/fault.ts';
import {
  isServerError,
  mayQuoteValues,
  StatementRefused,
  withoutValues,
} from '../dsql/wire/server-error.ts';

/** How many causes of an error are described. */
const causesMax = 8;

/** The parts of one error that a log may contain. */
export type ErrorDescription = {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  /** The text of the statement that the database has refused. */
  readonly statement?: string;
  readonly stack?: string;
};

/** The text of a thrown value. Some values cannot be made a text. */
const textOf = (thrown: unknown): string => {
  try {
    return String(thrown);
  } catch {
    return 'Something that is no text';
  }
};

/** Fields of a database error that name the database's own things. */
const namesOf = (error: Error): Partial<ErrorDescription> => {
  const fields = error as Error & Readonly<Record<string, unknown>>;
  const names = ['code', 'constraint', 'schema', 'table', 'column', 'statement'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (typeof fields[name] === 'string' ? [[name, fields[name]]] : [])),
  );
};

/** The server's errors among an error and its causes, without their values. */
const refusalsOf = (causes: readonly unknown[]): readonly StatementRefused[] =>
  causes.filter(isServerError).map((one) => withoutValues(one));

/**
 * Describes an error and its causes for a log or an answer, the outermost first and eight at most.
 * It takes fields by name, since a database error also holds the row that failed, which must not
 * leave the database. Words of its message that may be values are left out, also in the errors that
 * repeat it.
 */
export const describeError = (error: unknown): readonly ErrorDescription[] => {
  const causes = [...causesOf(error)];
  const refusals = refusalsOf(causes);
  const clean = (text: string): string => StatementRefused.cleaned(text, refusals);

  return causes.slice(0, causesMax).map((one) => {
    if (!(one instanceof Error)) return { name: 'Unknown', message: clean(textOf(one)) };
    const { name, message, stack } = one;
    return {
      name,
      message: clean(message),
      ...namesOf(one),
      ...(stack === undefined ? {} : { stack: clean(stack) }),
    };
  });
};

/**
 * Whether an error holds the query that it is about, with its values, as Kysely's `NoResultError`
 * does.
 */
const holdsQuery = (error: unknown): boolean => {
  const { node } = Object(error) as { readonly node?: { readonly kind?: unknown } | null };
  return typeof node?.kind === 'string';
};

/**
 * An error without the parts that must not leave the process. Lambda puts the message, the stack
 * and every field of a thrown error into its log, its answer and the dead letter. Returns the error
 * itself where there is nothing to leave out.
 */
export const errorWithoutValues = (error: unknown): unknown => {
  const causes = [...causesOf(error)];
  const refusals = refusalsOf(causes);
  const quotes = causes.some(
    (one) => (isServerError(one) && mayQuoteValues(one)) || holdsQuery(one),
  );
  const text = error instanceof Error ? error.message : textOf(error);
  const repeats = StatementRefused.cleaned(text, refusals) !== text;
  if (!quotes && !repeats) return error;
  const [{ name, message, stack } = { name: 'Error', message: '' }] = describeError(error);
  return Object.assign(new Error(message), { name }, defined({ stack }));
};
