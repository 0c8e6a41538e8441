import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Logger } from '../../domain/kernel/index.ts';

/** How many causes of an error are logged. */
const causesMax = 8;

type ErrorDescription = {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
};

/**
 * What a log may say of an error and its causes, by name: a database error also carries the row that failed, and
 * that is nobody's business but the database's.
 */
export const describeError = (error: unknown): readonly ErrorDescription[] => {
  const described: ErrorDescription[] = [];
  let current = error;
  while (current !== undefined && described.length < causesMax) {
    if (!(current instanceof Error))
      return [...described, { name: 'Unknown', message: String(current) }];
    const { name, message, stack, code } = current as Error & { code?: unknown };
    described.push({
      name,
      message,
      ...(typeof code === 'string' ? { code } : {}),
      ...(stack === undefined ? {} : { stack }),
    });
    current = current.cause;
  }
  return described;
};

/** Puts a Powertools logger behind the kernel's port; service name and level come from its environment variables. */
export const createPowertoolsLogger = (powertools = new PowertoolsLogger()): Logger => ({
  debug: (message, fields = {}) => powertools.debug(message, { ...fields }),
  info: (message, fields = {}) => powertools.info(message, { ...fields }),
  warn: (message, fields = {}) => powertools.warn(message, { ...fields }),
  error: (message, fields, cause) =>
    powertools.error(message, { ...fields, errors: describeError(cause) }),
});
