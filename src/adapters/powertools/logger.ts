import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Logger } from '../../domain/kernel/index.ts';
import { describeError } from './describe-error.ts';

/**
 * Puts a Powertools logger behind the kernel's port; service name and level come from its
 * environment variables.
 */
export const createPowertoolsLogger = (powertools = new PowertoolsLogger()): Logger => ({
  debug: (message, fields = {}) => powertools.debug(message, { ...fields }),
  info: (message, fields = {}) => powertools.info(message, { ...fields }),
  warn: (message, fields = {}) => powertools.warn(message, { ...fields }),
  error: (message, fields, cause) =>
    powertools.error(message, { ...fields, errors: describeError(cause) }),
});
