import { describe, expect, it } from 'vitest';
import {
  createDsqlOutbox,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
  type DsqlRepository,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import { createRetrier } from '../../../../src/domain/kernel/index.ts';
import {
  added,
  addTo,
  type CounterQuery,
  type CounterState,
  type CounterWork,
  counterWork,
  dsqlCounters,
  setTo,
} from '../../../support/counter.ts';
import { always } from '../../../support/runtime-ports.ts';
import {
  answered,
  lostConnection,
  type Script,
  scriptedPool,
  serverError,
  verbOf,
} from '../../../support/scripted-connection.ts';

const schema = 'counting';
const mebibyte = 2 ** 20;

const setUp = (
  script?: Script,
  repository: DsqlRepository<CounterQuery, CounterState> = dsqlCounters,
) => {
  const scripted = scriptedPool(script);
  const { pool, clock } = scripted;
  const outbox = createDsqlOutbox(pool, { schema, graceMs: 0, replayWindowMs: 0 });
  const retrier = createRetrier({ clock, random: always(0.5), metrics: createMemoryMetrics() });
  const unitOfWork = createDsqlUnitOfWork({
    connections: pool,
    repository,
    records: createIdempotencyRecords(schema),
    outboxInsert: outbox.insert,
    retrier,
  });
  const run = (work: CounterWork, changes: Partial<CounterWork> = {}) =>
    unitOfWork.execute({ ...work, deadline: clock.now() + 10_000, ...changes } as CounterWork);
  return { ...scripted, run };
};

const reading = (options: { readonly key?: string } = {}) =>
  counterWork(addTo('a', 5), { ...options, load: { names: ['a'] } });
const blind = () => counterWork(setTo('a', 5));

/** Table that a statement is about. */
const tableOf = ({ sql }: { readonly sql: string }) =>
  /(?:INTO|FROM) "?\w+"?\.(\w+)/.exec(sql)?.[1] ?? verbOf({ sql, parameters: [] });

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const duplicate = (constraint: string, at = schema) =>
  serverError('23505', { constraint, schema: at });

/** The record of a command, as its row is found. */
const recordOf = async (work: CounterWork) => {
  const { flights, run } = setUp();
  await run(work);
  const insert = flights
    .flatMap(({ statements }) => statements)
    .find((one) => verbOf(one) === 'INSERT' && tableOf(one) === 'idempotency');
  return { fingerprint: insert?.parameters[1], response: insert?.parameters[2] };
};

describe('a unit of work', () => {
  it('sends the record before the state and the state before the events', async () => {
    const { flights, run } = setUp();
    await run(reading());
    await run(blind());
    expect(flights.map(({ statements }) => statements.map(tableOf))).toEqual([
      ['BEGIN', 'idempotency', 'counters'],
      ['idempotency', 'counters', 'outbox', 'COMMIT'],
      ['BEGIN', 'idempotency', 'idempotency', 'counters', 'outbox', 'COMMIT'],
    ]);
  });

  it('begins with repeatable read', async () => {
    const { flights, run } = setUp();
    await run(blind());
    expect(flights[0]?.statements[0]?.sql).toBe('BEGIN ISOLATION LEVEL REPEATABLE READ');
  });

  it.each([
    ['no load', counterWork(setTo('a', 1)), { load: undefined }],
    ['a load that is null', counterWork(setTo('a', 1)), { load: null }],
  ])('reads nothing for %s', async (_, work, changes) => {
    const { verbs, run } = setUp();
    await run(work, changes as Partial<CounterWork>);
    expect(verbs()).toEqual(['BEGIN SELECT INSERT INSERT INSERT COMMIT']);
  });

  it('gives the deadline of the work to each of its flights', async () => {
    const { clock, flights, run } = setUp();
    const deadline = clock.now() + 1_234;
    await run(reading(), { deadline });
    await run(blind(), { deadline });
    expect(flights.map((flight) => flight.deadline)).toEqual([deadline, deadline, deadline]);
  });

  it.each([
    ['with reads', reading],
    ['without reads', blind],
  ])('waits for a connection until its deadline, %s', async (_, work) => {
    const { pool, clock, flights, run } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    const holding = pool.use(() => promise);
    const waiting = run(work(), { deadline: clock.now() + 5 });
    await expect(waiting).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(flights).toEqual([]);
    resolve();
    await holding;
  });

  it.each([
    ['with reads', reading],
    ['without reads', blind],
  ])('gives up waiting for a connection when it is aborted, %s', async (_, work) => {
    const { pool, flights, run } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    const holding = pool.use(() => promise);
    const controller = new AbortController();
    const waiting = run(work(), { signal: controller.signal });
    await settled();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(flights).toEqual([]);
    resolve();
    await holding;
  });
});

describe('the end of a transaction', () => {
  it('is a COMMIT alone where it commits', async () => {
    const { verbs, run } = setUp();
    await run(reading());
    expect(verbs()).toEqual(['BEGIN SELECT SELECT', 'INSERT INSERT INSERT COMMIT']);
  });

  it('is a ROLLBACK that nobody waits for where the decision is a refusal', async () => {
    const { verbs, clock, flights, run } = setUp();
    const deadline = clock.now() + 10_000;
    const work = counterWork(addTo('a', 5, 4), { load: { names: ['a'] } });
    expect(await run(work, { deadline })).toMatchObject({ status: 'refused' });
    expect(verbs()).toEqual(['BEGIN SELECT SELECT', 'ROLLBACK']);
    // It has two seconds, also when the time of the work is up.
    expect(flights[1]?.deadline).toBeGreaterThan(Date.now() + 1_000);
  });

  it('sends nothing for a refusal without reads', async () => {
    const { verbs, run } = setUp();
    const outcome = await run(counterWork(() => addTo('a', 5, 4)({ counters: {} })));
    expect(outcome).toMatchObject({ status: 'refused', refusal: { code: 'TooMuch' } });
    expect(verbs()).toEqual([]);
  });

  it('is a ROLLBACK where the record is found', async () => {
    const work = reading({ key: 'k' });
    const record = await recordOf(work);
    const { verbs, run } = setUp(({ statements }) => ({
      results: answered(statements, (_, index) => (index === 1 ? [record] : [])),
    }));
    expect(await run(work)).toEqual({ status: 'replayed', result: { value: 5 } });
    expect(verbs()).toEqual(['BEGIN SELECT SELECT', 'ROLLBACK']);
  });

  it('is a ROLLBACK where a read fails', async () => {
    const { verbs, run } = setUp(({ statements }) => ({
      results: answered(statements.slice(0, 1)),
      error: serverError('42P01'),
    }));
    await expect(run(reading())).rejects.toMatchObject({ kind: 'InvariantViolation' });
    expect(verbs()).toEqual(['BEGIN SELECT SELECT', 'ROLLBACK']);
  });

  it.each([1, 2])('is a ROLLBACK where only %d of its reads were answered', async (count) => {
    const { verbs, run } = setUp(({ statements }) => ({
      results: answered(statements.slice(0, count)),
    }));
    await expect(run(reading())).rejects.toMatchObject({
      kind: 'InvariantViolation',
      message: expect.stringContaining('not answered'),
    });
    expect(verbs()).toEqual(['BEGIN SELECT SELECT', 'ROLLBACK']);
  });

  it('is a replay without reads where the record is found and its INSERT has failed', async () => {
    const work = blind();
    const record = await recordOf(work);
    const { verbs, run } = setUp(({ statements }) => ({
      results: answered(statements.slice(0, 2), (_, index) => (index === 1 ? [record] : [])),
      error: duplicate('idempotency_pkey'),
    }));
    expect(await run(work)).toEqual({ status: 'replayed', result: { value: 5 } });
    expect(verbs()).toEqual(['BEGIN SELECT INSERT INSERT INSERT COMMIT', 'ROLLBACK']);
  });

  it('is a COMMIT that has succeeded, whatever was found before', async () => {
    const work = blind();
    const record = await recordOf(work);
    const { run } = setUp(({ statements }) => ({
      results: answered(statements, (_, index) => (index === 1 ? [record] : [])),
    }));
    expect(await run(work)).toMatchObject({ status: 'committed' });
  });

  it.each([
    ['ROLLBACK', 'InvariantViolation'],
    ['SELECT', 'OutcomeUnknown'],
  ])('is not taken for a commit where COMMIT is answered with %s', async (command, kind) => {
    const { clock, run } = setUp(({ statements }, flight) => ({
      results: [
        ...answered(statements.slice(0, -1)),
        { command: flight === 0 ? command : 'ROLLBACK', rowCount: 0, rows: [] },
      ],
    }));
    const deadline = clock.now() + 10;
    await expect(run(blind(), { deadline })).rejects.toMatchObject({ kind });
  });
});

describe('a flight whose answer is lost', () => {
  it('has had no effect where it was a read', async () => {
    const { clock, verbs, run } = setUp(() => ({ results: [], error: lostConnection() }));
    const lost = run(reading(), { deadline: clock.now() + 10 });
    await expect(lost).rejects.toMatchObject({
      kind: 'Unavailable',
      message: expect.stringContaining('Out of time after 1 attempt'),
    });
    expect(verbs()).toEqual(['BEGIN SELECT SELECT', 'ROLLBACK']);
  });

  it.each([
    ['with reads', reading, 1],
    ['without reads', blind, 0],
  ])('may have had an effect where COMMIT was with it, %s', async (_, work, commits) => {
    const { clock, run } = setUp((_sent, flight) =>
      flight === commits ? { results: [], error: lostConnection() } : undefined,
    );
    const lost = run(work(), { deadline: clock.now() + 10 });
    await expect(lost).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
  });

  it('may still come where a later attempt is refused', async () => {
    let attempts = 0;
    const { run } = setUp((_sent, flight) =>
      flight === 1 ? { results: [], error: lostConnection() } : undefined,
    );
    const decide = (state: CounterState) => {
      attempts += 1;
      return addTo('a', 5, attempts === 1 ? 9 : 4)(state);
    };
    const work = counterWork(decide, { load: { names: ['a'] } });
    await expect(run(work)).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
    expect(attempts).toBeGreaterThan(1);
  });

  it('is known to have come where a later attempt finds its record', async () => {
    const work = reading({ key: 'k' });
    const record = await recordOf(work);
    const { run } = setUp(({ statements }, flight) => {
      if (flight === 1) return { results: [], error: lostConnection() };
      const found = flight === 2 ? [record] : [];
      return { results: answered(statements, (_, index) => (index === 1 ? found : [])) };
    });
    expect(await run(work)).toEqual({ status: 'replayed', result: { value: 5 } });
  });

  it('does not make a refusal after a conflict uncertain', async () => {
    let attempts = 0;
    const { run } = setUp((_sent, flight) =>
      flight === 1 ? { results: [], error: serverError('40001') } : undefined,
    );
    const decide = (state: CounterState) => {
      attempts += 1;
      return addTo('a', 5, attempts === 1 ? 9 : 4)(state);
    };
    const outcome = await run(counterWork(decide, { load: { names: ['a'] } }));
    expect(outcome).toMatchObject({ status: 'refused', refusal: { code: 'TooMuch' } });
  });
});

describe('a second row with the same key', () => {
  it('is a conflict as often as it is the record, which the next attempt may see', async () => {
    const { verbs, run } = setUp((_sent, flight) =>
      [1, 3, 5].includes(flight)
        ? { results: [], error: duplicate('idempotency_pkey') }
        : undefined,
    );
    expect(await run(reading())).toMatchObject({ status: 'committed' });
    expect(verbs().filter((words) => words.startsWith('BEGIN'))).toHaveLength(4);
  });

  it('is no record where a table of another schema has it', async () => {
    const { verbs, run } = setUp((_sent, flight) =>
      flight % 2 === 1
        ? { results: [], error: duplicate('idempotency_pkey', 'elsewhere') }
        : undefined,
    );
    await expect(run(reading())).rejects.toMatchObject({ kind: 'InvariantViolation' });
    expect(verbs().filter((words) => words.startsWith('BEGIN'))).toHaveLength(2);
  });

  it('is a conflict once for each constraint of the context', async () => {
    const names = ['first_key', 'second_key'];
    const { run } = setUp((_sent, flight) => {
      const name = flight % 2 === 1 ? names.shift() : undefined;
      return name === undefined ? undefined : { results: [], error: duplicate(name) };
    });
    expect(await run(reading())).toMatchObject({ status: 'committed' });
  });

  it("is the context's refusal where it says so", async () => {
    const refusal = { accepted: false, code: 'Exists', message: 'It exists' } as const;
    const { verbs, run } = setUp(
      (_sent, flight) =>
        flight === 1 ? { results: [], error: duplicate('counters_pkey') } : undefined,
      {
        ...dsqlCounters,
        refusalOf: (constraint) => (constraint === 'counters_pkey' ? refusal : undefined),
      },
    );
    expect(await run(reading())).toEqual({ status: 'refused', refusal });
    expect(verbs().at(-1)).toBe('ROLLBACK');
  });

  it('asks for no refusal of an error that names no constraint', async () => {
    const asked: string[] = [];
    const { run } = setUp(
      (_sent, flight) => (flight === 1 ? { results: [], error: serverError('42601') } : undefined),
      {
        ...dsqlCounters,
        refusalOf: (constraint) => {
          asked.push(constraint);
          return undefined;
        },
      },
    );
    await expect(run(reading())).rejects.toMatchObject({ kind: 'InvariantViolation' });
    expect(asked).toEqual(['']);
  });
});

describe('a repository', () => {
  it.each<[string, Partial<Record<keyof typeof dsqlCounters, unknown>>, string]>([
    ['saves nothing', { save: () => undefined }, '`save` of a repository must return a list'],
    ['saves later', { save: async () => [] }, '`save` of a repository must not be async'],
    ['loads one', { load: () => statement('SELECT 1') }, '`load` of a repository must return'],
    ['loads later', { load: async () => [] }, '`load` of a repository must not be async'],
    ['reads later', { toState: async () => ({}) }, '`toState` of a repository must not be async'],
  ])('is refused that %s', async (_, wrong, message) => {
    const repository = { ...dsqlCounters, ...wrong } as typeof dsqlCounters;
    const { verbs, run } = setUp(undefined, repository);
    const work = counterWork(() => setTo('a', 1)(), { load: { names: ['a'] } });
    await expect(run(work)).rejects.toMatchObject({
      kind: 'InvariantViolation',
      message: expect.stringContaining(message),
    });
    expect(verbs().join(' ')).not.toContain('COMMIT');
  });
});

describe('the size of a transaction', () => {
  const saving = (...statements: ReturnType<typeof statement>[]) => ({
    ...dsqlCounters,
    save: () => statements,
  });
  const insert = (bytes: number) => statement('INSERT INTO t VALUES ($1)', 'x'.repeat(bytes));
  const work = (events: number) =>
    counterWork(() => {
      const decision = setTo('a', 1)();
      const said = Array.from({ length: events }, (_, value) => added('a', value + 1));
      return { ...decision, events: said } as ReturnType<ReturnType<typeof setTo>>;
    });

  it('counts the bytes of all statements', async () => {
    const { run } = setUp(undefined, saving(insert(6 * mebibyte), insert(4 * mebibyte)));
    await expect(run(work(0))).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringMatching(/writes at least \d+ bytes/),
    });
  });

  it('may be almost ten mebibytes', async () => {
    const { run } = setUp(undefined, saving(insert(6 * mebibyte), insert(4 * mebibyte - 20_000)));
    expect(await run(work(1))).toMatchObject({ status: 'committed' });
  });

  it('is refused for a message that is too long, whatever it does', async () => {
    const { verbs, run } = setUp(
      undefined,
      saving(statement('DELETE FROM t WHERE a = $1', 'x'.repeat(10 * mebibyte + 1))),
    );
    await expect(run(work(0))).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringContaining('for a message'),
    });
    expect(verbs()).toEqual([]);
  });

  it('is 3,000 rows at most, the events and the record among them', async () => {
    const rows = Array.from({ length: 2_990 }, () => insert(1));
    const { run } = setUp(undefined, saving(...rows));
    expect(await run(work(9))).toMatchObject({ status: 'committed' });
    await expect(run(work(10))).rejects.toThrow('at least 3001 rows');
  });
});
