import type { ServiceError } from '../../protocol/protocol.ts';
import { constant, type Fields, fieldsOf, object, options } from '../ast.ts';
import { firstRefusal, notSupported, type Rule, refusePersistence } from '../refusal.ts';
import { shownType, typeName } from './types.ts';

/** The smallest CACHE besides 1. DSQL hands out numbers one by one or in large blocks. */
const cacheBlockMin = 65_536;

/** The SQLSTATE is assumed to be the one that PostgreSQL gives for a cache of zero. */
const wrongCache = (cache: string | number): ServiceError => ({
  code: '22023',
  message: `CACHE (${cache}) must be greater than or equal to ${cacheBlockMin} or equal to 1`,
});

export const refuseCache = (
  subject: string,
  settings: ReadonlyMap<string, unknown>,
): ServiceError | undefined => {
  const cache = constant(settings.get('cache'));
  if (cache === undefined) {
    return notSupported(
      `${subject} is not supported without an explicit cache size. please define CACHE greater than or equal to ${cacheBlockMin} or equal to 1`,
    );
  }
  return cache === 1 || Number(cache) >= cacheBlockMin ? undefined : wrongCache(cache);
};

export const refuseIdentity = (
  type: Fields | undefined,
  settings: ReadonlyMap<string, unknown>,
): ServiceError | undefined =>
  firstRefusal(
    () => refuseCache('identity column', settings),
    () =>
      type === undefined || typeName(type) === 'int8'
        ? undefined
        : notSupported(
            `datatype ${shownType(type)} not supported, identity column type must be bigint`,
          ),
  );

/** The words and the code are PostgreSQL's, which has `smallint` and `integer` besides. */
const wrongType: ServiceError = { code: '22023', message: 'sequence type must be bigint' };

const refuseSequenceType = (settings: ReadonlyMap<string, unknown>): ServiceError | undefined => {
  const type = fieldsOf(settings.get('as'), 'TypeName');
  return type && typeName(type) !== 'int8' ? wrongType : undefined;
};

export const createSequence: Rule = (fields) =>
  firstRefusal(
    () => refusePersistence(object(fields['sequence']), 'sequence'),
    () => refuseCache('CREATE SEQUENCE', options(fields['options'])),
    () => refuseSequenceType(options(fields['options'])),
  );

/** An ALTER that leaves a setting out keeps its value. */
export const alterSequence: Rule = (fields) => {
  const settings = options(fields['options']);
  return firstRefusal(
    () => (settings.has('cache') ? refuseCache('ALTER SEQUENCE', settings) : undefined),
    () => refuseSequenceType(settings),
  );
};
