import type { LogFields, Logger } from '../../../domain/kernel/index.ts';
import { isCallersFault, reasonOf } from '../invocation.ts';
import { inContextOf } from '../log-context/log-context.ts';

/** Logs that one of several events has failed, as the exception of an invocation is logged. */
export const logEventFailure = (logger: Logger, fields: LogFields, error: unknown): void => {
  inContextOf(error, () => {
    if (isCallersFault(error)) logger.warn('Event refused', { ...fields, reason: reasonOf(error) });
    else logger.error('Event failed', fields, error);
  });
};
