import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  errorMeanings,
  faultOf,
  serverErrorOf,
} from '../../../../src/adapters/dsql/connection/error-mapping.ts';

const alphabet = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Any SQLSTATE, and those that mean something as often as not. */
const sqlstate = fc.oneof(
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: 5, maxLength: 5 }),
  fc.constantFrom(...Object.keys(errorMeanings)).map((code) => code.padEnd(5, '0')),
);

const serverError = sqlstate.map((code) =>
  Object.assign(new pg.DatabaseError('reason', 0, 'error'), { code, severity: 'ERROR' }),
);

const networkError = fc
  .constantFrom('ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'CERT_HAS_EXPIRED', 'ELSE')
  .map((code) => Object.assign(new Error(code), { code }));

type Wrap = (error: Error) => Error;

/**
 * The ways in which query builders, ORMs and programs wrap an error; none of the wrappers has a
 * code.
 */
const wraps = fc.array(
  fc.constantFrom<Wrap>(
    (error) => new Error('wrapped', { cause: error }),
    (error) => new AggregateError([error], 'gathered'),
    (error) => new AggregateError([new Error('another'), error], 'gathered'),
    (error) => {
      const circle = new Error('circle', { cause: error });
      return new AggregateError([circle, error], 'circle', { cause: circle });
    },
  ),
  { maxLength: 40 },
);

describe('the meaning of an error', () => {
  it('is the same however deep it is wrapped', () => {
    fc.assert(
      fc.property(
        fc.oneof(serverError, networkError),
        wraps,
        fc.boolean(),
        (error, wraps, committing) => {
          const wrapped = wraps.reduce((inner, wrap) => wrap(inner), error as Error);
          expect(faultOf(wrapped, committing).kind).toBe(faultOf(error, committing).kind);
          expect(serverErrorOf(wrapped)).toBe(serverErrorOf(error));
        },
      ),
    );
  });

  it('is a conflict for those codes only that say so', () => {
    const conflicts = new Set(
      Object.keys(errorMeanings).filter((code) => errorMeanings[code] === 'conflict'),
    );
    fc.assert(
      fc.property(serverError, fc.boolean(), (error, committing) => {
        const isConflict = faultOf(error, committing).kind === 'Conflict';
        expect(isConflict).toBe(conflicts.has(error.code ?? ''));
      }),
    );
  });

  it('never says that nothing has happened when a connection is lost during COMMIT', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          networkError,
          fc.string().map((text) => new Error(text)),
        ),
        (error) => {
          expect(faultOf(error, true).kind).not.toBe('Unavailable');
          expect(faultOf(error, true).kind).not.toBe('Conflict');
        },
      ),
    );
  });
});
