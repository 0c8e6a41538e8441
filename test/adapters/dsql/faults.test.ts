import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { faultOf, serverErrorOf } from '../../../src/adapters/dsql/index.ts';
import { Conflict, type FaultKind } from '../../../src/domain/kernel/index.ts';

const serverError = (code: string, message = 'the reason'): pg.DatabaseError =>
  Object.assign(new pg.DatabaseError(message, 0, 'error'), { code, severity: 'ERROR' });

const networkError = (code: string): Error => Object.assign(new Error(`read ${code}`), { code });

const wrapped = (error: unknown, times = 1): unknown =>
  times === 0 ? error : new Error('wrapped', { cause: wrapped(error, times - 1) });

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
      serverError('XX000', 'unable to accept connection, waking up cluster, please retry later'),
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
    expect(faultOf(error, false)).toMatchObject({ kind: before, cause: error });
    expect(faultOf(error, true)).toMatchObject({ kind: during, cause: error });
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

describe("the server's own error", () => {
  it('is found below what query builders wrap around it', () => {
    const error = serverError('40001');
    expect(serverErrorOf(wrapped(error, 7))).toBe(error);
  });

  it('is the outermost of several', () => {
    const outer = Object.assign(serverError('40001'), { cause: serverError('23505') });
    expect(serverErrorOf(wrapped(outer))).toBe(outer);
  });

  it('is not looked for without end', () => {
    const circle = new Error('circle');
    circle.cause = circle;
    expect(serverErrorOf(circle)).toBeUndefined();
    expect(serverErrorOf(wrapped(serverError('40001'), 8))).toBeUndefined();
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
