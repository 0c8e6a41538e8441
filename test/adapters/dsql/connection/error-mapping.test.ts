import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  errorMeanings,
  faultOf,
  serverErrorOf,
  textMeanings,
} from '../../../../src/adapters/dsql/connection/error-mapping.ts';
import { Conflict, type FaultKind, OutcomeUnknown } from '../../../../src/domain/kernel/index.ts';

const serverError = (code: string, message = 'the reason', severity = 'ERROR'): pg.DatabaseError =>
  Object.assign(new pg.DatabaseError(message, 0, 'error'), { code, severity });

const networkError = (code: string): Error => Object.assign(new Error(`read ${code}`), { code });

const wrapped = (error: unknown, times = 1): unknown =>
  times === 0 ? error : new Error('wrapped', { cause: wrapped(error, times - 1) });

type Row = {
  readonly what: string;
  /** The text of the second column, if that is code. */
  readonly where: readonly string[];
  readonly before: FaultKind;
  readonly during: FaultKind;
};

const page = readFileSync(join(import.meta.dirname, '../../../../docs/errors.md'), 'utf8');

/** The rows of one of the page's tables; the last one is of whatever is not listed. */
const documented = (heading: string): readonly Row[] => {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  const rows = table.matchAll(
    /^\| (?:`([^`]+)`|any other) \| (?:((?:`\w+`(?:, )?)+) \| )?.* \| `(\w+)` \| `(\w+)` \|$/gm,
  );
  return Array.from(rows, ([, what = 'any other', where = '', before, during]) => ({
    what,
    where: Array.from(where.matchAll(/\w+/g), ([one]) => one),
    before: before as FaultKind,
    during: during as FaultKind,
  }));
};

/** A code that stands for a class stands for all that are not listed themselves. */
const codeOf = (what: string): string => {
  if (what === 'any other') return '22012';
  return what.length === 2 ? `${what}9Z9` : what;
};

/** The server's error is the cause without its values, every other one as it is. */
const causeOf = (error: unknown): unknown => {
  const server = serverErrorOf(error);
  return server ? { name: 'StatementRefused', code: server.code } : error;
};

const expectKinds = (error: unknown, { before, during }: Row): void => {
  const cause = causeOf(error);
  expect(faultOf(error, false)).toMatchObject({ kind: before, cause });
  expect(faultOf(error, true)).toMatchObject({ kind: during, cause });
};

describe('the page on errors', () => {
  const codes = documented("The server's errors, by SQLSTATE or its class");
  const words = documented("The server's errors, by their words");
  const silent = documented('Without an answer of the server');

  it('lists every code that is not a bug, and no other without need', () => {
    const named = codes.map(({ what }) => what).filter((what) => what !== 'any other');
    // It masks the error of another statement, which is worth a line though it is a bug like
    // others.
    expect(named.toSorted()).toEqual([...Object.keys(errorMeanings), '25P02'].toSorted());
  });

  it.each(codes)('says what $what means', (row) => {
    expectKinds(serverError(codeOf(row.what)), row);
  });

  it('lists every text that means something, and where', () => {
    const listed = words.map(({ what, where }) => [what, where]);
    expect(listed).toEqual(textMeanings.map(({ text, where }) => [text, where]));
    expect(listed.length).toBeGreaterThan(5);
  });

  const saying = ({ what }: Row, where: string): pg.DatabaseError => {
    const message = `unable: ${what}, sorry`;
    return where === 'FATAL'
      ? serverError('XX000', message, where)
      : serverError(codeOf(where), message);
  };

  it.each(words)('says what "$what" means, where it is said', (row) => {
    for (const where of row.where) expectKinds(saying(row, where), row);
  });

  it.each(words)('means nothing by "$what" in what a statement holds', ({ what }) => {
    for (const code of ['22P02', '22001', '23505', '23514', '2201X', 'P0001', '42601', '21000']) {
      for (const committing of [false, true]) {
        const fault = faultOf(serverError(code, `invalid input: "${what}"`), committing);
        expect(fault.kind).toBe('InvariantViolation');
        if (code !== '42601') expect(fault.message).not.toContain(what);
      }
    }
  });

  it.each(words)('repeats "$what", which quotes nobody', (row) => {
    for (const where of row.where)
      expect(faultOf(saying(row, where), true).message).toContain(row.what);
  });

  it.each(silent)('says what $what means', (row) => {
    expect(silent.length).toBeGreaterThan(10);
    expectKinds(networkError(row.what), row);
    expectKinds(new AggregateError([networkError(row.what)], ''), row);
  });
});

describe('an error of the database means', () => {
  const table: readonly (readonly [string, Error, FaultKind, FaultKind])[] = [
    // what, error, before COMMIT, during COMMIT
    [
      'a conflict of data',
      serverError('40001', 'change conflicts (OC000)'),
      'Conflict',
      'Conflict',
    ],
    [
      'a conflict of schema',
      serverError('40001', 'schema updated (OC001)'),
      'Conflict',
      'Conflict',
    ],
    ['a deadlock', serverError('40P01'), 'Conflict', 'Conflict'],
    ['an unknown completion', serverError('40003'), 'OutcomeUnknown', 'OutcomeUnknown'],
    ['a connection failure', serverError('08006'), 'Unavailable', 'OutcomeUnknown'],
    ['too many connections', serverError('53300'), 'Unavailable', 'OutcomeUnknown'],
    ['a shutdown', serverError('57P01'), 'Unavailable', 'OutcomeUnknown'],
    ['starting up', serverError('57P03'), 'Unavailable', 'OutcomeUnknown'],
    [
      'a cluster that wakes up',
      serverError(
        'XX000',
        'unable to accept connection, waking up cluster, please retry later',
        'FATAL',
      ),
      'Unavailable',
      'OutcomeUnknown',
    ],
    [
      'a transaction that is too old',
      serverError('54000', 'transaction age limit of 300s exceeded'),
      'Unavailable',
      'OutcomeUnknown',
    ],
    [
      'too many rows',
      serverError('54000', 'transaction row limit exceeded'),
      'InvalidInput',
      'InvalidInput',
    ],
    ['too many columns', serverError('54011'), 'InvalidInput', 'InvalidInput'],
    ['a duplicate key', serverError('23505'), 'InvariantViolation', 'InvariantViolation'],
    ['a syntax error', serverError('42601'), 'InvariantViolation', 'InvariantViolation'],
    ['an unsupported feature', serverError('0A000'), 'InvariantViolation', 'InvariantViolation'],
    ['a failed transaction', serverError('25P02'), 'InvariantViolation', 'InvariantViolation'],
    ['a grant that is not known yet', serverError('28P01'), 'Unavailable', 'OutcomeUnknown'],
    ['a lost connection', networkError('ECONNRESET'), 'Unavailable', 'OutcomeUnknown'],
    ['a broken pipe', networkError('EPIPE'), 'Unavailable', 'OutcomeUnknown'],
    ['an end without a word', new Error('Connection terminated'), 'Unavailable', 'OutcomeUnknown'],
  ];

  it.each(table)('for %s: what is to be done', (_, error, before, during) => {
    expect(faultOf(error, false)).toMatchObject({ kind: before, cause: causeOf(error) });
    expect(faultOf(error, true)).toMatchObject({ kind: during, cause: causeOf(error) });
  });

  it.each(table)('for %s the same when it is wrapped', (_, error, before, during) => {
    expect(faultOf(wrapped(error, 3), false).kind).toBe(before);
    expect(faultOf(wrapped(error, 3), true).kind).toBe(during);
  });

  it('nothing new when it is a fault already', () => {
    const fault = new Conflict('lost');
    expect(faultOf(fault, true)).toBe(fault);
  });

  it('a lost connection when it is no error at all', () => {
    for (const nothing of [undefined, null, 'text', 7, {}]) {
      expect(faultOf(nothing, false).kind).toBe('Unavailable');
      expect(faultOf(nothing, true).kind).toBe('OutcomeUnknown');
    }
  });
});

describe('a fault', () => {
  it.each(['40001', '23505', 'XX000'])('has the SQLSTATE %s of its cause', (code) => {
    expect(faultOf(wrapped(serverError(code)), false)).toMatchObject({ code, cause: { code } });
  });

  it('has no code where no server has said anything', () => {
    expect('code' in faultOf(networkError('ECONNRESET'), false)).toBe(false);
  });

  it('tells a conflict over the schema from one over data', () => {
    const over = (code: string, message: string) =>
      (faultOf(serverError(code, message), true) as Conflict).over;
    expect(over('40001', 'schema has been updated by another transaction (OC001)')).toBe('schema');
    expect(over('OC001', 'schema')).toBe('schema');
    expect(over('40001', 'change conflicts with another transaction (OC000)')).toBe('data');
    expect(over('40001', 'could not serialize access due to concurrent update')).toBe('data');
  });

  it('says what to check when access is denied', () => {
    const denied = serverError('28000', 'unable to accept connection, access denied');
    expect(faultOf(denied, false).message).toContain('AWS IAM GRANT');
    const expired = Object.assign(
      serverError('28000', 'unable to accept connection, access denied'),
      {
        hint: 'Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z',
      },
    );
    expect(faultOf(expired, false).message).toContain('clock');
  });

  it('says what an index that is not valid waits for', () => {
    const server = serverError('55000', 'index "a_name" is not valid');
    expect(faultOf(server, false).message).toContain('its job goes on or has failed');
  });

  it('points from a failed transaction to the error that failed it', () => {
    expect(
      faultOf(serverError('25P02', 'current transaction is aborted'), false).message,
    ).toContain('earlier statement');
  });

  it.each([
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'CERT_REVOKED',
    'HOSTNAME_MISMATCH',
    'INVALID_CA',
  ])('gives up on a certificate that is not trusted: %s', (code) => {
    const { kind, message } = faultOf(networkError(code), false);
    expect(kind).toBe('InvariantViolation');
    expect(message).toContain(code);
  });

  it('names the code where Node has no message for several addresses', () => {
    const error = Object.assign(new AggregateError([networkError('ECONNREFUSED')], ''), {
      code: 'ECONNREFUSED',
    });
    expect(faultOf(error, false).message).toBe('No connection to the database: ECONNREFUSED');
  });

  it('is the one that was wrapped', () => {
    const fault = new OutcomeUnknown('cut', { cause: serverError('57P01') });
    expect(faultOf(wrapped(fault, 2), false)).toBe(fault);
  });

  it.each(['22001', '23505', '23514', 'P0001', 'XX000', '58030'])(
    'does not repeat what %s may quote',
    (code) => {
      for (const committing of [false, true]) {
        expect(faultOf(serverError(code, 'value "secret"'), committing).message).not.toContain(
          'secret',
        );
      }
    },
  );
});

describe("the server's own error", () => {
  it('is found below what query builders wrap around it', () => {
    const error = serverError('40001');
    expect(serverErrorOf(wrapped(error, 7))).toBe(error);
  });

  it('is the outermost of several', () => {
    const outer = Object.assign(serverError('40001'), { cause: serverError('23505') });
    expect(serverErrorOf(wrapped(outer))).toBe(outer);
  });

  it('is found at any depth, and a circle of causes ends', () => {
    const error = serverError('40001');
    expect(serverErrorOf(wrapped(error, 1_000))).toBe(error);
    const circle = new Error('circle');
    circle.cause = new Error('half', { cause: circle });
    expect(serverErrorOf(circle)).toBeUndefined();
    expect(serverErrorOf(new AggregateError([circle, error]))).toBe(error);
  });

  it.each([
    ['a code of Node', networkError('EPIPE')],
    ['a code that is no text', Object.assign(new Error('x'), { code: 40001, severity: 'ERROR' })],
    ['what is no error', { code: '40001', severity: 'ERROR' }],
    ['nothing', undefined],
  ])('is not %s', (_, error) => {
    expect(serverErrorOf(error)).toBeUndefined();
  });
});
