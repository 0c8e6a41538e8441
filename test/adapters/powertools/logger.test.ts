import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { faultOf } from '../../../src/adapters/dsql/connection/error-mapping.ts';
import {
  createPowertoolsLogger,
  describeError,
  errorWithoutValues,
} from '../../../src/adapters/powertools/index.ts';
import { InvariantViolation, Unavailable } from '../../../src/domain/kernel/index.ts';

/** The server's error, as `pg` throws it. */
const serverError = (code: string, message: string): Error =>
  Object.assign(new pg.DatabaseError(message, 0, 'error'), { code, severity: 'ERROR' });

/** The server's error for a row that violates a constraint, the row included. */
const violation = (): Error =>
  Object.assign(
    new pg.DatabaseError('duplicate key value violates unique constraint', 0, 'error'),
    {
      code: '23505',
      severity: 'ERROR',
      constraint: 'accounts_pkey',
      table: 'accounts',
      detail: 'Key (id)=(secret-id) already exists.',
      where: 'secret-where',
      parameters: ['secret-parameter'],
    },
  );

describe('the description of an error', () => {
  it('has the errors that caused it, outermost first', () => {
    const error = new Unavailable('No connection', { cause: violation() });
    expect(describeError(error)).toMatchObject([
      { name: 'Unavailable', message: 'No connection' },
      { name: 'error', code: '23505', constraint: 'accounts_pkey', table: 'accounts' },
    ]);
  });

  it('has the message of a database error that quotes no value', () => {
    const message = 'change conflicts with another transaction, please retry: (OC000)';
    const [described] = describeError(serverError('40001', message));
    expect(described).toMatchObject({ message, code: '40001' });
    expect(described?.stack).toContain(message);
  });

  it.each([
    ['22P02', 'invalid input syntax for type numeric: "secret-iban"'],
    ['22003', 'value "secret-iban" is out of range for type integer'],
    ['22P02', 'invalid input syntax for type json:\nline 2: secret-iban'],
    ['P0001', 'secret-iban is not allowed'],
    ['XX000', 'secret-iban'],
  ])(
    'withholds the message of a %s, which may quote a value, wherever it is repeated',
    (code, message) => {
      const cause = serverError(code, message);
      const wrapped = new InvariantViolation(`${code} ${message}`, { cause });
      const described = describeError(
        new Unavailable(`Out of time: ${wrapped.message}`, { cause: wrapped }),
      );
      expect(JSON.stringify(described)).not.toContain('secret');
      expect(described).toHaveLength(3);
      expect(described[2]).toMatchObject({ code, message: expect.stringContaining('…') });
      for (const { stack } of described) expect(stack).toMatch(/\n {4}at /);
    },
  );

  it('withholds what a text repeats several times, each time', () => {
    const cause = serverError('22P02', 'invalid input syntax for type uuid: "secret-iban"');
    const wrapped = new InvariantViolation(`${cause.message}; ${cause.message}`, { cause });
    const [outer] = describeError(wrapped);
    expect(outer?.message).toBe(
      'invalid input syntax for type uuid: "…"; invalid input syntax for type uuid: "…"',
    );
    expect(outer?.stack).not.toContain('secret');
    const texts = JSON.stringify(describeError(new Error(wrapped.message, { cause: wrapped })));
    expect(texts).not.toContain('secret');
  });

  it('withholds a message of the server that begins with another one', () => {
    const first = serverError('P0001', 'secret-name');
    const second = serverError('P0001', 'secret-name of secret-iban');
    for (const gathered of [
      [first, second],
      [second, first],
    ]) {
      const error = new AggregateError(gathered, `two: ${second.message}, ${first.message}`);
      expect(JSON.stringify(describeError(error))).not.toContain('secret');
    }
  });

  it('keeps the message of an error of Node, whose code looks like one of a database', () => {
    const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    expect(describeError(error)).toMatchObject([{ message: 'write EPIPE', code: 'EPIPE' }]);
  });

  it('leaves out what a database error says of the row', () => {
    const error = new Unavailable('No connection', { cause: violation() });
    expect(JSON.stringify(describeError(error))).not.toContain('secret');
  });

  it('has what was gathered from several attempts, such as one for each address of a host', () => {
    const refused = (address: string) =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED' });
    const gathered = new AggregateError([refused('::1'), refused('127.0.0.1')], '');
    expect(describeError(new Unavailable('No connection', { cause: gathered }))).toMatchObject([
      { name: 'Unavailable' },
      { name: 'AggregateError' },
      { message: 'connect ECONNREFUSED ::1', code: 'ECONNREFUSED' },
      { message: 'connect ECONNREFUSED 127.0.0.1' },
    ]);
  });

  it('withholds what a gathered error may quote', () => {
    const cause = serverError('22P02', 'invalid input syntax for type uuid: "secret-iban"');
    const gathered = new AggregateError([new Error('first'), cause], `two: ${cause.message}`);
    expect(JSON.stringify(describeError(gathered))).not.toContain('secret');
  });

  it('ends after eight, and repeats nothing that a later one may quote', () => {
    const cause = serverError('23514', 'secret-iban');
    const deep = Array.from({ length: 20 }).reduce<Error>(
      (inner) => new Error(`wrapped ${cause.message}`, { cause: inner }),
      cause,
    );
    expect(describeError(deep)).toHaveLength(8);
    expect(JSON.stringify(describeError(deep))).not.toContain('secret');
  });

  it('has each once where causes go round in a circle', () => {
    const circle = new Error('circle');
    circle.cause = new Error('half', { cause: circle });
    expect(describeError(circle)).toMatchObject([{ message: 'circle' }, { message: 'half' }]);
  });

  it('keeps what the server says when it lets nobody in, whatever the code', () => {
    const refusal = Object.assign(serverError('XX000', 'waking up cluster'), { severity: 'FATAL' });
    expect(describeError(refusal)).toMatchObject([{ message: 'waking up cluster' }]);
  });

  it.each([
    [undefined, []],
    ['a text', [{ name: 'Unknown', message: 'a text' }]],
    [7, [{ name: 'Unknown', message: '7' }]],
    [null, []],
  ])('of %j, which is no error, says what it is', (thrown, described) => {
    expect(describeError(thrown)).toEqual(described);
  });

  it('has no code that is no text', () => {
    const [described] = describeError(Object.assign(new Error('x'), { code: { secret: 1 } }));
    expect(described).not.toHaveProperty('code');
  });
});

describe('an error that leaves the process', () => {
  it('is the error itself when it quotes no value', () => {
    const conflict = serverError('40001', 'change conflicts with another transaction (OC000)');
    const error = new Unavailable('No connection', { cause: conflict });
    expect(errorWithoutValues(error)).toBe(error);
  });

  it('has neither a cause nor a value, however often its message repeats it', () => {
    const cause = serverError('22P02', 'invalid input syntax for type uuid: "secret-iban"');
    const message = `${cause.message} (again: ${cause.message})`;
    const shown = errorWithoutValues(new InvariantViolation(message, { cause })) as Error;
    expect(shown).toMatchObject({
      name: 'InvariantViolation',
      message:
        'invalid input syntax for type uuid: "…" (again: invalid input syntax for type uuid: "…")',
    });
    expect(shown.cause).toBeUndefined();
    expect(shown.stack).not.toContain('secret');
  });

  it('has no value of a fault that repeats it though its cause is clean', () => {
    const cause = serverError('22P02', 'invalid input syntax for type uuid: "secret-iban"');
    const fault = faultOf(cause, false);
    const error = new Error(`${cause.message}, ${cause.message}`, { cause: fault });
    expect(JSON.stringify(errorWithoutValues(error), ['message', 'stack'])).not.toContain('secret');
  });
});

describe('the Powertools logger', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** The lines that are written to the process's own output. */
  const linesOf = (log: () => void): readonly Record<string, unknown>[] => {
    const lines: string[] = [];
    const keep = (line: unknown) => {
      lines.push(String(line));
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(keep);
    vi.spyOn(process.stderr, 'write').mockImplementation(keep);
    log();
    vi.restoreAllMocks();
    for (const line of lines) expect(line.trimEnd()).not.toContain('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  const createLogger = () =>
    createPowertoolsLogger(new PowertoolsLogger({ serviceName: 'ledger', logLevel: 'DEBUG' }));

  it('writes one line of JSON per call, with the fields', () => {
    const logger = createLogger();
    const lines = linesOf(() => {
      logger.debug('looking');
      logger.info('Event handled', { event: 'e-1' });
      logger.warn('left', { count: 2 });
    });
    expect(lines).toMatchObject([
      { level: 'DEBUG', message: 'looking', service: 'ledger' },
      { level: 'INFO', message: 'Event handled', event: 'e-1' },
      { level: 'WARN', message: 'left', count: 2 },
    ]);
  });

  it('writes an error with its causes and without the row that failed', () => {
    const logger = createLogger();
    const error = new Unavailable('No connection', { cause: violation() });
    const lines = linesOf(() => logger.error('Invocation failed', { requestId: 'r-1' }, error));
    expect(lines).toMatchObject([
      {
        level: 'ERROR',
        message: 'Invocation failed',
        requestId: 'r-1',
        errors: [{ name: 'Unavailable' }, { code: '23505' }],
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});
