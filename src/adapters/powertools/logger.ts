import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Logger } from '../../domain/kernel/index.ts';

/** How many causes of an error are logged. */
const causesMax = 8;

/**
 * SQLSTATEs, by class, whose messages name the database's own things and quote no value of a statement: connections,
 * features, transactions, access, conflicts, syntax and names, resources, limits, shutdown.
 */
const classesWithoutValues = new Set(['08', '0A', '25', '28', '40', '42', '53', '54', '57']);

/** What is logged instead of the message of every other server error. */
const withheld = '(withheld: it may quote values)';

type ErrorDescription = {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly stack?: string;
};

type DatabaseFields = {
  readonly code?: unknown;
  readonly severity?: unknown;
  readonly constraint?: unknown;
  readonly table?: unknown;
};

/** An error and its causes, outermost first. */
const chainOf = (error: unknown): readonly unknown[] => {
  const chain: unknown[] = [];
  let current = error;
  while (current !== undefined && chain.length < causesMax) {
    chain.push(current);
    current = current instanceof Error ? current.cause : undefined;
  }
  return chain;
};

/** The message of a server error that may hold what was in a statement or a row. */
const secretOf = (error: unknown): readonly string[] => {
  if (!(error instanceof Error) || error.message === '') return [];
  const { code, severity } = error as Error & DatabaseFields;
  const isServerError = severity !== undefined && typeof code === 'string';
  return isServerError && !classesWithoutValues.has(code.slice(0, 2)) ? [error.message] : [];
};

/**
 * What a log may say of an error and its causes, by name: a database error also carries the row that failed, and
 * that is nobody's business but the database's. Its message is withheld where it may quote a value, also from the
 * errors that repeat it.
 */
export const describeError = (error: unknown): readonly ErrorDescription[] => {
  const chain = chainOf(error);
  const secrets = chain.flatMap(secretOf);
  const clean = (text: string): string =>
    secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, withheld), text);
  const textField = (name: 'code' | 'constraint' | 'table', value: unknown) =>
    typeof value === 'string' ? { [name]: value } : {};

  return chain.map((one) => {
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

/** Puts a Powertools logger behind the kernel's port; service name and level come from its environment variables. */
export const createPowertoolsLogger = (powertools = new PowertoolsLogger()): Logger => ({
  debug: (message, fields = {}) => powertools.debug(message, { ...fields }),
  info: (message, fields = {}) => powertools.info(message, { ...fields }),
  warn: (message, fields = {}) => powertools.warn(message, { ...fields }),
  error: (message, fields, cause) =>
    powertools.error(message, { ...fields, errors: describeError(cause) }),
});
