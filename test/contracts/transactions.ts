import { expect } from 'vitest';
import { serverErrorOf } from '../../src/adapters/dsql/connection/error-mapping.ts';
import {
  statement,
  type Transaction,
  type TransactionOptions,
  type Transactions,
} from '../../src/adapters/dsql/index.ts';
import { Conflict, type Retry } from '../../src/domain/kernel/index.ts';
import { counterSchema as schema } from '../support/counter.ts';
import { collectCases, type Suite } from './suite.ts';

export type TransactionsSubject = {
  readonly transactions: Transactions;
  /** The same database, as another process sees it. */
  readonly other: Transactions;
};

const unique = (): string => `counter-${crypto.randomUUID()}`;

const select = (name: string) =>
  statement(`SELECT name, value::int AS value FROM ${schema}.counters WHERE name = $1`, name);

const insert = (name: string, value: number) =>
  statement(`INSERT INTO ${schema}.counters (name, value) VALUES ($1, $2)`, name, value);

const update = (name: string, value: number) =>
  statement(`UPDATE ${schema}.counters SET value = $2 WHERE name = $1`, name, value);

const divideByZero = statement('SELECT 1 / 0');

type Counter = { readonly name: string; readonly value: number };

const valueIn = async (tx: Pick<Transaction, 'read'>, name: string) => {
  const [row] = await tx.read(select(name));
  return (row as Counter | undefined)?.value;
};

const faultOf = (run: Promise<unknown>) =>
  run.then(
    () => expect.unreachable('it has succeeded'),
    (error: unknown) => error,
  );

/** The contract of transactions, however their statements are sent. */
export const transactionsContract = (createSubject: () => Promise<TransactionsSubject>): Suite =>
  collectCases(({ beforeEach, it }) => {
    let { transactions, other } = {} as TransactionsSubject;

    beforeEach(async () => {
      ({ transactions, other } = await createSubject());
    });

    const committed = (counter: string) =>
      other.run((tx) => valueIn(tx, counter), { readOnly: true });

    /** A transaction of another process that commits while this one is under way. */
    const meanwhile = (counter: string, value: number) =>
      other.run(async (tx) => tx.write(update(counter, value)));

    const given = async (value: number): Promise<string> => {
      const counter = unique();
      await transactions.run(async (tx) => tx.write(insert(counter, value)));
      return counter;
    };

    it('commits what the work writes, and answers what it returns', async () => {
      const counter = unique();
      const answer = await transactions.run(async (tx) => {
        tx.write(insert(counter, 1));
        tx.write(update(counter, 2));
        return 'done';
      });
      expect(answer).toBe('done');
      expect(await committed(counter)).toBe(2);
    });

    it('reads what is queued before, and not what comes after', async () => {
      const counter = await given(1);
      const values = await transactions.run(async (tx) => {
        const first = valueIn(tx, counter);
        tx.write(update(counter, 2));
        const second = valueIn(tx, counter);
        tx.write(update(counter, 3));
        const both = await Promise.all([first, second]);
        return [...both, await valueIn(tx, counter)];
      });
      expect(values).toEqual([1, 2, 3]);
      expect(await committed(counter)).toBe(3);
    });

    it('answers the rows of a write that returns them', async () => {
      const counter = await given(1);
      const rows = await transactions.run((tx) =>
        tx.read(
          statement(
            `UPDATE ${schema}.counters SET value = 8 WHERE name = $1 RETURNING value::int`,
            counter,
          ),
        ),
      );
      expect(rows).toEqual([{ value: 8 }]);
      expect(await committed(counter)).toBe(8);
    });

    it('undoes everything when the work throws, and passes its error on', async () => {
      const counter = await given(1);
      const error = new Error('the business says no');
      const run = transactions.run(async (tx) => {
        tx.write(update(counter, 2));
        expect(await valueIn(tx, counter)).toBe(2);
        throw error;
      });
      await expect(run).rejects.toBe(error);
      expect(await committed(counter)).toBe(1);
      // The connection is good for the next one.
      await transactions.run(async (tx) => tx.write(update(counter, 3)));
      expect(await committed(counter)).toBe(3);
    });

    it('undoes everything when the work throws while something is on its way', async () => {
      const counter = await given(1);
      const run = transactions.run(async (tx) => {
        tx.write(update(counter, 2));
        void tx.read(select(counter));
        tx.write(update(counter, 3));
        void tx.read(select(counter));
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('no');
      });
      await expect(run).rejects.toThrow('no');
      // The next one on the same connection finds it as it should be, and takes nothing with it.
      await transactions.run((tx) => valueIn(tx, counter));
      expect(await committed(counter)).toBe(1);
    });

    it('sends nothing of a work that throws before it reads', async () => {
      const counter = await given(1);
      const run = transactions.run(async (tx) => {
        tx.write(update(counter, 2));
        throw new Error('no');
      });
      await expect(run).rejects.toThrow('no');
      expect(await committed(counter)).toBe(1);
    });

    it('commits nothing after a failure that the work has swallowed', async () => {
      const counter = await given(1);
      const run = transactions.run(async (tx) => {
        tx.write(update(counter, 2));
        await tx.read(divideByZero).catch(() => undefined);
        return 'done';
      });
      expect(serverErrorOf(await faultOf(run))).toMatchObject({ code: '22012' });
      expect(await committed(counter)).toBe(1);
    });

    it('answers nothing after a failure that was swallowed, also when it only reads', async () => {
      const run = transactions.run(
        async (tx) => {
          await tx.read(divideByZero).catch(() => undefined);
          return 'done';
        },
        { readOnly: true },
      );
      expect(serverErrorOf(await faultOf(run))).toMatchObject({ code: '22012' });
    });

    it('runs again whatever the work has thrown because of a conflict', async () => {
      const counter = unique();
      const attempts: number[] = [];
      const answer = await transactions.run(async (tx) => {
        attempts.push(tx.attempt);
        const value = await valueIn(tx, counter);
        if (value !== undefined) return value;
        await other.run(async (tx) => tx.write(insert(counter, 7)));
        tx.write(insert(counter, 1));
        return valueIn(tx, counter).catch(() => {
          throw new Error('it seems to exist');
        });
      });
      expect(answer).toBe(7);
      expect(attempts).toEqual([1, 2]);
    });

    it('answers everything after a failure with that failure', async () => {
      const counter = await given(1);
      const seen: unknown[] = [];
      const run = transactions.run(async (tx) => {
        const reads = [tx.read(divideByZero), tx.read(select(counter))];
        for (const { reason } of (await Promise.allSettled(reads)) as PromiseRejectedResult[]) {
          seen.push(reason);
        }
        seen.push(await faultOf(tx.read(select(counter))));
        tx.write(update(counter, 2));
      });
      const error = await faultOf(run);
      expect(serverErrorOf(error)).toMatchObject({ code: '22012' });
      expect(seen).toEqual([error, error, error]);
    });

    it('commits nothing when a queued write fails', async () => {
      const counter = await given(1);
      const run = transactions.run(async (tx) => {
        tx.write(update(counter, 2));
        tx.write(divideByZero);
      });
      await expect(run).rejects.toMatchObject({ kind: 'InvariantViolation' });
      expect(await committed(counter)).toBe(1);
    });

    it('runs again from BEGIN after a conflict, with fresh reads, and says which attempt it is', async () => {
      const counter = await given(1);
      const seen: unknown[] = [];
      await transactions.run(async (tx) => {
        const value = (await valueIn(tx, counter)) ?? 0;
        seen.push([tx.attempt, value]);
        if (tx.attempt === 1) await meanwhile(counter, 10);
        tx.write(update(counter, value + 1));
      });
      expect(seen).toEqual([
        [1, 1],
        [2, 10],
      ]);
      expect(await committed(counter)).toBe(11);
    });

    it('runs again when the work wraps what a conflict has thrown', async () => {
      const counter = await given(1);
      const attempts: number[] = [];
      await transactions.run(async (tx) => {
        attempts.push(tx.attempt);
        const conflict = new Error('of a helper', { cause: new Conflict('lost') });
        if (tx.attempt === 1) throw new AggregateError([conflict], 'of another');
        tx.write(update(counter, 2));
      });
      expect(attempts).toEqual([1, 2]);
      expect(await committed(counter)).toBe(2);
    });

    it('loses no update of twenty concurrent ones', async () => {
      const counter = await given(0);
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? transactions : other).run(async (tx) => {
            tx.write(update(counter, ((await valueIn(tx, counter)) ?? 0) + 1));
          }),
        ),
      );
      expect(await committed(counter)).toBe(20);
    });

    it('proves at COMMIT what was read FOR UPDATE, also when it writes nothing', async () => {
      const counter = await given(1);
      const locked = { ...select(counter), sql: `${select(counter).sql} FOR UPDATE` };
      const attempts: number[] = [];
      await transactions.run(async (tx) => {
        attempts.push(tx.attempt);
        await tx.read(locked);
        if (tx.attempt === 1) await meanwhile(counter, 2);
      });
      expect(attempts).toEqual([1, 2]);
    });

    it('tells a key that exists from one that has just come to exist: it tries twice', async () => {
      const counter = await given(1);
      const attempts: number[] = [];
      const run = transactions.run(async (tx) => {
        attempts.push(tx.attempt);
        tx.write(insert(counter, 2));
      });
      expect(serverErrorOf(await faultOf(run))).toMatchObject({ code: '23505' });
      expect(attempts).toEqual([1, 2]);
    });

    it('waits for a read that nobody awaits, and commits', async () => {
      const counter = await given(1);
      let value: unknown;
      await transactions.run(async (tx) => {
        tx.write(update(counter, 2));
        void valueIn(tx, counter).then((read) => {
          value = read;
        });
      });
      expect(value).toBe(2);
      expect(await committed(counter)).toBe(2);
    });

    it('fails with a read that nobody awaits and that fails, without an unhandled rejection', async () => {
      const counter = await given(1);
      const unhandled: unknown[] = [];
      const listener = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', listener);
      const run = transactions.run(async (tx) => {
        tx.write(update(counter, 2));
        void tx.read(divideByZero);
        await tx.read(select(counter)).catch(() => undefined);
      });
      expect(serverErrorOf(await faultOf(run))).toMatchObject({ code: '22012' });
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', listener);
      expect(unhandled).toEqual([]);
      expect(await committed(counter)).toBe(1);
    });

    it('cannot be used after its end', async () => {
      const counter = await given(1);
      let kept: Transaction | undefined;
      await transactions.run(async (tx) => {
        kept = tx;
      });
      const violation = { kind: 'InvariantViolation', message: expect.stringContaining('ended') };
      expect(() => kept?.write(update(counter, 2))).toThrow(expect.objectContaining(violation));
      await expect(kept?.read(select(counter))).rejects.toMatchObject(violation);
      expect(await committed(counter)).toBe(1);
    });

    it('does not take what is written behind its back while it commits', async () => {
      const counter = await given(1);
      const late: unknown[] = [];
      await transactions.run(async (tx) => {
        tx.write(update(counter, 2));
        void valueIn(tx, counter)
          .then(() => tx.write(update(counter, 3)))
          .catch((error: unknown) => late.push(error));
      });
      expect(late).toMatchObject([{ kind: 'InvariantViolation' }]);
      expect(await committed(counter)).toBe(2);
    });

    it('sends nothing for work that asks for nothing', async () => {
      expect(await transactions.run(async () => 'done')).toBe('done');
    });

    it('reads one snapshot when it only reads, and never conflicts', async () => {
      const counter = await given(1);
      const attempts: number[] = [];
      const values = await transactions.run(
        async (tx) => {
          attempts.push(tx.attempt);
          const first = await valueIn(tx, counter);
          await meanwhile(counter, 2);
          return [first, await valueIn(tx, counter)];
        },
        { readOnly: true },
      );
      expect(values).toEqual([1, 1]);
      expect(attempts).toEqual([1]);
    });

    it('writes nothing when it only reads', async () => {
      const counter = await given(1);
      const queued = transactions.run(async (tx) => (tx as Transaction).write(update(counter, 2)), {
        readOnly: true,
      });
      await expect(queued).rejects.toMatchObject({ kind: 'InvariantViolation' });
      const read = transactions.run((tx) => tx.read(update(counter, 2)), { readOnly: true });
      expect(serverErrorOf(await faultOf(read))).toMatchObject({ code: '25006' });
      expect(await committed(counter)).toBe(1);
    });

    const misplaced = [
      ' commit',
      'ROLLBACK',
      'begin',
      'CREATE TABLE t (a int)',
      'drop table t',
      'GRANT a TO b',
    ];
    for (const sql of misplaced)
      it(`refuses what does not belong into it before it is sent: ${sql}`, async () => {
        const counter = await given(1);
        const message = expect.stringMatching(/^A transaction sends no [A-Z]+:/);
        for (const how of ['read', 'write'] as const) {
          const run = transactions.run(async (tx) => {
            tx.write(update(counter, 2));
            await tx[how](statement(sql));
          });
          await expect(run).rejects.toMatchObject({ kind: 'InvariantViolation', message });
        }
        expect(await committed(counter)).toBe(1);
      });

    it('refuses more rows than DSQL takes before it sends them', async () => {
      const counter = await given(1);
      const many = (count: number) =>
        statement(
          `INSERT INTO ${schema}.counters SELECT $1 || n, 1 FROM generate_series(1, $2::int) n`,
          counter,
          count,
        );
      const run = transactions.run(async (tx) => {
        tx.write(update(counter, 2));
        await tx.read(many(2_999));
        tx.write(insert(unique(), 1), { rows: 2 });
      });
      await expect(run).rejects.toMatchObject({
        kind: 'InvalidInput',
        message: expect.stringContaining('at least 3001 rows'),
      });
      expect(await committed(counter)).toBe(1);
    });

    const wrongOptions: readonly (readonly [string, unknown, string])[] = [
      ['an unknown option', { deadlin: 1 }, 'unknown option "deadlin"; did you mean "deadline"?'],
      ['options that are null', null, 'give an object of options'],
      [
        'a deadline of NaN',
        { deadline: Number.NaN },
        '"deadline" must be milliseconds since the epoch',
      ],
      [
        'a deadline that is a Date',
        { deadline: new Date() },
        '"deadline" must be milliseconds since the epoch',
      ],
      ['a readOnly that is a word', { readOnly: 'yes' }, '"readOnly" must be true or false'],
      ['a keyed that is a number', { keyed: 1 }, '"keyed" must be true or false'],
      [
        'the controller of a signal',
        { signal: new AbortController() },
        '"signal" must be an AbortSignal',
      ],
      ['an onRetry that is an object', { onRetry: {} }, '"onRetry" must be a function'],
    ];
    for (const [what, options, problem] of wrongOptions)
      it(`refuses ${what} before it begins, in one line`, async () => {
        let began = false;
        const work = async () => {
          began = true;
        };
        const run = transactions.run(work, options as unknown as TransactionOptions);
        const message = `transactions.run: ${problem}`;
        await expect(run).rejects.toMatchObject({ kind: 'InvariantViolation', message });
        expect(began).toBe(false);
      });

    it('takes an option that is undefined for one that is absent', async () => {
      const options: TransactionOptions = {
        deadline: undefined,
        keyed: undefined,
        onRetry: undefined,
        readOnly: undefined,
        signal: undefined,
      };
      expect(await transactions.run(async () => 'done', options)).toBe('done');
    });

    it('begins nothing that is aborted, and commits nothing that is aborted while it works', async () => {
      const counter = await given(1);
      const controller = new AbortController();
      const attempts: number[] = [];
      const run = () =>
        transactions.run(
          async (tx) => {
            attempts.push(tx.attempt);
            tx.write(update(counter, ((await valueIn(tx, counter)) ?? 0) + 1));
            controller.abort();
          },
          { signal: controller.signal },
        );
      await expect(run()).rejects.toMatchObject({ kind: 'Unavailable' });
      await expect(run()).rejects.toMatchObject({ kind: 'Unavailable' });
      expect(attempts).toEqual([1]);
      expect(await committed(counter)).toBe(1);
    });

    it('commits nothing after its deadline', async () => {
      const counter = await given(1);
      const deadline = Date.now() + 100;
      const run = transactions.run(
        async (tx) => {
          tx.write(update(counter, 2));
          while (Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
        },
        { deadline },
      );
      await expect(run).rejects.toMatchObject({ kind: 'Unavailable' });
      expect(await committed(counter)).toBe(1);
    });

    it('tells of each attempt that it runs again', async () => {
      const counter = await given(1);
      const told: Retry[] = [];
      await transactions.run(
        async (tx) => {
          const value = (await valueIn(tx, counter)) ?? 0;
          if (tx.attempt <= 2) await meanwhile(counter, value + 10);
          tx.write(update(counter, value + 1));
        },
        { onRetry: (retry) => told.push(retry) },
      );
      expect(told).toMatchObject([
        { attempt: 1, fault: { kind: 'Conflict' } },
        { attempt: 2, fault: { kind: 'Conflict' } },
      ]);
      expect(await committed(counter)).toBe(22);
    });

    it('sends each parameter as it was when it was queued', async () => {
      const counter = await given(1);
      const name = Buffer.from(counter);
      const values = [5];
      await transactions.run(async (tx) => {
        const sql = `UPDATE ${schema}.counters SET value = ($2::int[])[1] WHERE name = convert_from($1::bytea, 'UTF8')`;
        tx.write(statement(sql, name, values));
        name.fill('x');
        values[0] = 6;
      });
      expect(await committed(counter)).toBe(5);
    });
  });
