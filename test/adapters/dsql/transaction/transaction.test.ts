import { describe, expect, it } from 'vitest';
import {
  createTransactions,
  type Statement,
  statement,
  type Transaction,
  type TransactionOptions,
} from '../../../../src/adapters/dsql/index.ts';
import { encodeParameters } from '../../../../src/adapters/dsql/wire/parameters.ts';
import { createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import { createRetrier, type Retry } from '../../../../src/domain/kernel/index.ts';
import { always } from '../../../support/runtime-ports.ts';
import {
  answered,
  lostConnection,
  type Script,
  scriptedPool,
  serverError,
} from '../../../support/scripted-connection.ts';

const mebibyte = 2 ** 20;

const setUp = (script?: Script) => {
  const scripted = scriptedPool(script);
  const { pool, clock } = scripted;
  const retrier = createRetrier({ clock, random: always(0.5), metrics: createMemoryMetrics() });
  const transactions = createTransactions({ connections: pool, retrier, clock });
  return { ...scripted, transactions };
};

const select = statement('SELECT 1');
const update = (value: unknown = 1) => statement('UPDATE t SET a = $1', value);
const insert = (value: unknown = 1) => statement('INSERT INTO t VALUES ($1)', value);

/** Answers the statement of that text with so many rows. */
const counting =
  (sql: string, rowCount: number): Script =>
  ({ statements }) => ({
    results: answered(statements).map((result, index) =>
      statements[index]?.sql === sql ? { ...result, rowCount } : result,
    ),
  });

const failing =
  (flights: readonly number[], error: unknown): Script =>
  (_sent, flight) =>
    flights.includes(flight) ? { results: [], error } : undefined;

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the time of a transaction', () => {
  it('is ten seconds unless it is told', async () => {
    const { clock, flights, transactions } = setUp();
    const deadline = clock.now() + 10_000;
    await transactions.run(async (tx) => tx.write(update()));
    expect(flights.map((flight) => flight.deadline)).toEqual([deadline]);
  });

  it('is told to each flight', async () => {
    const { clock, flights, transactions } = setUp();
    const deadline = clock.now() + 1_234;
    await transactions.run(
      async (tx) => {
        await tx.read(select);
        tx.write(update());
      },
      { deadline },
    );
    expect(flights.map((flight) => flight.deadline)).toEqual([deadline, deadline]);
  });

  it.each([
    ['that was given', 100, 'give a later "deadline" of transactions.run'],
    ['of ten seconds', undefined, 'within 10000 ms: "deadline" of transactions.run'],
  ])('%s ends with a fault that names it', async (_, room, words) => {
    const { clock, transactions, verbs } = setUp();
    const options = room === undefined ? {} : { deadline: clock.now() + room };
    const run = transactions.run(async (tx) => {
      tx.write(update());
      clock.advance(room ?? 10_000);
    }, options);
    await expect(run).rejects.toMatchObject({
      kind: 'Unavailable',
      message: expect.stringContaining(words),
    });
    expect(verbs()).toEqual([]);
  });

  it('is the time to wait for a connection too', async () => {
    const { pool, clock, flights, transactions } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    const holding = pool.use(() => promise);
    const run = transactions.run((tx) => tx.read(select), { deadline: clock.now() + 5 });
    await expect(run).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(flights).toEqual([]);
    resolve();
    await holding;
  });

  it('is 295 seconds on the server: an older one begins anew', async () => {
    const { clock, transactions, verbs } = setUp();
    const run = (ageMs: number) =>
      transactions.run(
        async (tx) => {
          await tx.read(select);
          if (tx.attempt === 1) clock.advance(ageMs);
          tx.write(update());
        },
        { deadline: clock.now() + 3_600_000 },
      );
    // The flight that begins it takes a millisecond of it.
    await run(294_999);
    expect(verbs()).toEqual(['BEGIN SELECT', 'UPDATE COMMIT']);
    await run(295_000);
    expect(verbs().slice(2)).toEqual(['BEGIN SELECT', 'ROLLBACK', 'BEGIN SELECT', 'UPDATE COMMIT']);
  });

  it('does not count what happens before its first statement', async () => {
    const { clock, transactions, verbs } = setUp();
    await transactions.run(
      async (tx) => {
        clock.advance(400_000);
        tx.write(update());
      },
      { deadline: clock.now() + 3_600_000 },
    );
    expect(verbs()).toEqual(['BEGIN UPDATE COMMIT']);
  });
});

describe('a transaction that is aborted', () => {
  it('gives up waiting for a connection', async () => {
    const { pool, flights, transactions } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    const holding = pool.use(() => promise);
    const controller = new AbortController();
    const run = transactions.run((tx) => tx.read(select), { signal: controller.signal });
    await settled();
    controller.abort();
    await expect(run).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(flights).toEqual([]);
    resolve();
    await holding;
  });

  it('sends no COMMIT, and ends what it has begun', async () => {
    const { transactions, verbs } = setUp();
    const controller = new AbortController();
    const run = transactions.run(
      async (tx) => {
        await tx.read(select);
        tx.write(update());
        controller.abort();
      },
      { signal: controller.signal },
    );
    await expect(run).rejects.toMatchObject({
      kind: 'Unavailable',
      message: expect.stringContaining('aborted'),
    });
    expect(verbs()).toEqual(['BEGIN SELECT', 'ROLLBACK']);
  });
});

describe('a transaction that fails', () => {
  it('has had no effect where the connection was lost at a read', async () => {
    const { transactions, verbs } = setUp(failing([0], lostConnection()));
    const attempts: number[] = [];
    await transactions.run(async (tx) => {
      attempts.push(tx.attempt);
      await tx.read(select);
    });
    expect(attempts).toEqual([1, 2]);
    expect(verbs()).toEqual(['BEGIN SELECT', 'ROLLBACK', 'BEGIN SELECT', 'COMMIT']);
  });

  it('has had no effect where a flight of reads has thrown', async () => {
    const { clock, transactions } = setUp(() => {
      throw lostConnection();
    });
    const deadline = clock.now() + 10;
    const run = transactions.run((tx) => tx.read(select), { deadline });
    await expect(run).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it.each([
    ['is not run again unless it is keyed', {}, 1],
    ['is run again where it is keyed', { keyed: true }, 2],
  ])('in an unknown way %s', async (_, options, attempts) => {
    const { transactions } = setUp(failing([0], lostConnection()));
    let begun = 0;
    const run = transactions.run(async (tx) => {
      begun += 1;
      tx.write(update());
    }, options);
    if (attempts === 1) await expect(run).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
    else await run;
    expect(begun).toBe(attempts);
  });

  it('tells of each attempt that is run again', async () => {
    const { transactions } = setUp(failing([0, 1], serverError('40001')));
    const told: Retry[] = [];
    await transactions.run(async (tx) => tx.write(update()), {
      onRetry: (retry) => told.push(retry),
    });
    expect(told).toMatchObject([
      { attempt: 1, fault: { kind: 'Conflict' } },
      { attempt: 2, fault: { kind: 'Conflict' } },
    ]);
  });

  it('runs again for each constraint once', async () => {
    const clash = (constraint: string) => serverError('23505', { constraint });
    const errors = [clash('first'), clash('second'), clash('first')];
    const { transactions } = setUp(() => {
      const error = errors.shift();
      return error && { results: [], error };
    });
    const attempts: number[] = [];
    const run = transactions.run(async (tx) => {
      attempts.push(tx.attempt);
      tx.write(insert());
    });
    await expect(run).rejects.toMatchObject({ kind: 'InvariantViolation' });
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('runs again where the work throws something else because of a conflict', async () => {
    const { transactions } = setUp(failing([0], serverError('40001')));
    const attempts: number[] = [];
    await transactions.run(async (tx) => {
      attempts.push(tx.attempt);
      await tx.read(select).catch(() => {
        throw new Error('it cannot be read');
      });
    });
    expect(attempts).toEqual([1, 2]);
  });

  it('answers each of its reads with the failure, also behind a write', async () => {
    const { transactions } = setUp(failing([0], serverError('42P01')));
    const failures: unknown[] = [];
    const run = transactions.run(async (tx) => {
      tx.write(update());
      const reads = [tx.read(select), tx.read(select)];
      for (const read of reads) await read.catch((error: unknown) => failures.push(error));
    });
    const fault = await run.catch((error: unknown) => error);
    expect(fault).toMatchObject({ kind: 'InvariantViolation' });
    expect(failures).toEqual([fault, fault]);
  });

  it('runs again when the work throws a conflict as the driver gives it', async () => {
    const { transactions } = setUp();
    const attempts: number[] = [];
    await transactions.run(async (tx) => {
      attempts.push(tx.attempt);
      if (tx.attempt === 1) throw serverError('40001');
    });
    expect(attempts).toEqual([1, 2]);
  });

  it('ends with what the work throws, also after a failure that is for good', async () => {
    const { transactions } = setUp(failing([0], serverError('42P01')));
    const own = new Error('of the work');
    const run = transactions.run(async (tx) => {
      await tx.read(select).catch(() => undefined);
      throw own;
    });
    await expect(run).rejects.toBe(own);
  });

  it('does not commit after a read that was refused before it was sent, though it was swallowed', async () => {
    const { transactions, verbs } = setUp();
    const run = transactions.run(async (tx) => {
      tx.write(update());
      await tx.read(statement('commit')).catch(() => undefined);
    });
    await expect(run).rejects.toMatchObject({
      kind: 'InvariantViolation',
      message: expect.stringContaining('A transaction sends no COMMIT:'),
    });
    expect(verbs()).toEqual([]);
  });

  it('does not commit after a query that cannot be compiled, though it was swallowed', async () => {
    const { transactions, verbs } = setUp();
    const cause = new TypeError('no such column');
    const broken = {
      compile: () => {
        throw cause;
      },
    };
    const run = transactions.run(async (tx) => {
      tx.write(update());
      await expect(tx.read(broken)).rejects.toBe(cause);
    });
    await expect(run).rejects.toMatchObject({ kind: 'InvariantViolation', cause });
    expect(verbs()).toEqual([]);
  });

  it('is ended only when what is on its way has been answered', async () => {
    const { promise, resolve } = Promise.withResolvers<Record<string, never>>();
    const { transactions, verbs } = setUp(() => promise);
    const run = transactions.run(async (tx) => {
      void tx.read(select);
      await settled();
      void tx.read(select);
      throw new Error('no');
    });
    await settled();
    await settled();
    expect(verbs()).toEqual(['BEGIN SELECT']);
    resolve({});
    await expect(run).rejects.toThrow('no');
    expect(verbs()).toEqual(['BEGIN SELECT', 'ROLLBACK']);
  });

  it('is one where a statement was not answered', async () => {
    const { transactions } = setUp(({ statements }) => ({
      results: answered(statements.slice(1)),
    }));
    const run = transactions.run(async (tx) => tx.write(update()));
    await expect(run).rejects.toMatchObject({
      kind: 'InvariantViolation',
      message: expect.stringContaining('not answered'),
    });
  });
});

describe('a transaction that has ended', () => {
  it('takes no statements any more', async () => {
    const { transactions, verbs } = setUp();
    const kept = await transactions.run(async (tx) => tx);
    const ended = { kind: 'InvariantViolation', message: expect.stringContaining('has ended') };
    expect(() => kept.write(update())).toThrow(expect.objectContaining(ended));
    await expect(kept.read(select)).rejects.toMatchObject(ended);
    expect(verbs()).toEqual([]);
  });

  it('is committed although a read comes too late', async () => {
    const { transactions, verbs } = setUp();
    const late: unknown[] = [];
    await transactions.run(async (tx) => {
      void tx
        .read(select)
        .then(() => tx.read(select))
        .catch((error: unknown) => late.push(error));
    });
    expect(late).toMatchObject([{ kind: 'InvariantViolation' }]);
    expect(verbs()).toEqual(['BEGIN SELECT', 'COMMIT']);
  });
});

describe('the end of a transaction', () => {
  it('is nothing where it has sent nothing', async () => {
    const { transactions, verbs } = setUp();
    await transactions.run(async () => 1);
    await expect(
      transactions.run(async () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(verbs()).toEqual([]);
  });

  it('is a ROLLBACK with two seconds of its own where it only reads', async () => {
    const { flights, transactions, verbs } = setUp();
    await transactions.run((tx) => tx.read(select), { readOnly: true });
    expect(flights[0]?.statements[0]?.sql).toBe('BEGIN READ ONLY');
    expect(verbs()).toEqual(['BEGIN SELECT', 'ROLLBACK']);
    expect(flights[1]?.deadline).toBeGreaterThan(Date.now() + 1_000);
  });

  it('is a ROLLBACK where COMMIT has failed', async () => {
    const { transactions, verbs } = setUp(failing([0], serverError('42601')));
    await expect(transactions.run(async (tx) => tx.write(update()))).rejects.toThrow('42601');
    expect(verbs()).toEqual(['BEGIN UPDATE COMMIT', 'ROLLBACK']);
  });
});

describe('the size of a transaction', () => {
  const rowsAfter = (one: Statement, rowCount: number, options?: { readonly rows?: number }) => {
    const { transactions } = setUp(counting(one.sql, rowCount));
    return transactions.run(async (tx) => {
      if (options === undefined) await tx.read(one);
      else {
        tx.write(one, options);
        await tx.read(select);
      }
      tx.write(update(), { rows: 2 });
    });
  };

  it('counts the rows that an INSERT has added, and that one only once', async () => {
    await rowsAfter(insert(), 2_998);
    await expect(rowsAfter(insert(), 2_999)).rejects.toThrow('at least 3001 rows');
    await rowsAfter(insert(), 2_998, { rows: 2_998 });
    await rowsAfter(insert(), 1, { rows: 2_998 });
    await expect(rowsAfter(insert(), 1, { rows: 2_999 })).rejects.toThrow('at least 3001 rows');
  });

  it('does not count rows that may have been counted before', async () => {
    await rowsAfter(update(), 9_999);
    await rowsAfter(select, 9_999);
    await rowsAfter(statement('INSERT INTO t SELECT 1 ON CONFLICT DO NOTHING'), 9_999);
  });

  it('is not refused for writes of which nobody knows how many rows they find', async () => {
    const { transactions } = setUp();
    await transactions.run(async (tx) => {
      for (let count = 0; count <= 3_000; count += 1) tx.write(update());
    });
  });

  it('is refused when the bytes of its statements are too many together', async () => {
    const { transactions, verbs } = setUp();
    const writing = (bytes: number) =>
      transactions.run(async (tx) => {
        tx.write(update('x'.repeat(6 * mebibyte)));
        await tx.read(select);
        tx.write(update('x'.repeat(bytes)));
      });
    await writing(4 * mebibyte);
    expect(verbs()).toEqual(['BEGIN UPDATE SELECT', 'UPDATE COMMIT']);
    await expect(writing(4 * mebibyte + 1)).rejects.toMatchObject({ kind: 'InvalidInput' });
    expect(verbs().slice(2)).toEqual(['BEGIN UPDATE SELECT', 'ROLLBACK']);
  });

  it('is refused for a message that is too long', async () => {
    const { transactions, verbs } = setUp();
    const search = statement('SELECT $1', 'x'.repeat(10 * mebibyte + 1));
    await expect(transactions.run((tx) => tx.read(search))).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
    expect(verbs()).toEqual([]);
  });
});

describe('the options of a run', () => {
  it('are looked at before anything is done', async () => {
    const { transactions } = setUp();
    let begun = false;
    const work = async () => {
      begun = true;
    };
    for (const options of [{ deadlin: 1 }, { keyed: 1 }, { readOnly: 'no' }, { onRetry: {} }]) {
      const run = transactions.run(work, options as TransactionOptions);
      await expect(run).rejects.toMatchObject({ kind: 'InvariantViolation' });
    }
    expect(begun).toBe(false);
  });
});

describe('a statement that is queued', () => {
  it('travels with the next read or with COMMIT, and never before its turn', async () => {
    const { transactions, verbs } = setUp();
    await transactions.run(async (tx) => {
      tx.write(update());
      const read = tx.read(select);
      tx.write(insert());
      tx.write(update());
      await read;
    });
    expect(verbs()).toEqual(['BEGIN UPDATE SELECT', 'INSERT UPDATE COMMIT']);
  });

  it('is sent with its parameters as they were', async () => {
    const { flights, transactions } = setUp();
    const bytes = Buffer.from('before');
    const list = ['before'];
    await transactions.run(async (tx) => {
      tx.write(update(bytes));
      tx.write(update(list));
      bytes.write('after!');
      list[0] = 'after';
    });
    const sent = flights.flatMap(({ statements }) => statements).map(encodeParameters);
    expect(sent).toEqual([[], [Buffer.from('before')], ['{"before"}'], []]);
  });

  it('is refused at once when a parameter cannot be sent', async () => {
    const { transactions, verbs } = setUp();
    const run = transactions.run(async (tx) => tx.write(update(() => 1)));
    await expect(run).rejects.toMatchObject({ kind: 'InvariantViolation' });
    expect(verbs()).toEqual([]);
  });

  it('is refused in a transaction that only reads, also where its type is not known', async () => {
    const { transactions, verbs } = setUp();
    const options = { readOnly: true } as TransactionOptions;
    const run = transactions.run(async (tx) => (tx as Transaction).write(update()), options);
    await expect(run).rejects.toThrow('A read-only transaction writes nothing');
    expect(verbs()).toEqual([]);
  });
});

describe('a read that nobody awaits', () => {
  it.each([true, false])('fails its transaction when it fails (readOnly: %s)', async (readOnly) => {
    const { transactions, verbs } = setUp(failing([0], serverError('42P01')));
    const run = transactions.run(
      async (tx) => {
        void tx.read(select);
        return 'done';
      },
      { readOnly } as TransactionOptions,
    );
    await expect(run).rejects.toThrow('42P01');
    expect(verbs()).toEqual(['BEGIN SELECT', 'ROLLBACK']);
  });
});
