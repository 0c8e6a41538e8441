import type pg from 'pg';
import type { Operation, Transaction } from './history.ts';

/** Clients of the endpoints of both Regions, half of them each. */
export type Clients = readonly pg.Client[];

export type WorkloadOptions = {
  readonly clients: Clients;
  /** How many must commit; what loses a conflict does not count. */
  readonly transactions: number;
  readonly random: () => number;
};

/** A small generator of random numbers (mulberry32): the same seed gives the same workload. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const isConflict = (error: unknown): boolean => (error as { code?: string }).code === '40001';

/** Runs a transaction once; `false` when it lost a conflict, any other error is thrown. */
const attempt = async (client: pg.Client, work: () => Promise<void>): Promise<boolean> => {
  try {
    await client.query('BEGIN');
    await work();
    return (await client.query('COMMIT')).command === 'COMMIT';
  } catch (error) {
    await client.query('ROLLBACK');
    if (isConflict(error)) return false;
    throw error;
  }
};

/** Lets all clients run until so many transactions have committed. */
const share = async (
  { clients, transactions }: WorkloadOptions,
  run: (client: pg.Client, id: number, committed: number) => Promise<boolean>,
): Promise<void> => {
  let [started, committed] = [0, 0];
  await Promise.all(
    clients.map(async (client) => {
      while (committed < transactions) {
        started += 1;
        if (await run(client, started, committed)) committed += 1;
      }
    }),
  );
};

/** Few enough keys at a time that transactions meet, and new ones before the lists grow long. */
const keysAtOnce = 8;
const transactionsPerKeys = 400;
const operationsMax = 4;

/** Appends to lists and reads them at random, and returns what was answered. */
export const runListAppend = async (options: WorkloadOptions): Promise<readonly Transaction[]> => {
  const { clients, transactions, random } = options;
  const [admin] = clients;
  if (!admin) return [];
  await admin.query('CREATE TABLE list (key int PRIMARY KEY, items text NOT NULL)');
  const keys = Math.ceil((transactions + 1) / transactionsPerKeys) * keysAtOnce;
  await admin.query(`INSERT INTO list SELECT key, '' FROM generate_series(0, $1::int - 1) key`, [
    keys,
  ]);
  const history: Transaction[] = [];
  let value = 0;
  const read = async (client: pg.Client, key: number): Promise<Operation> => {
    const { rows } = await client.query('SELECT items FROM list WHERE key = $1', [key]);
    return {
      kind: 'read',
      key,
      seen: (rows[0].items as string).split(' ').filter(Boolean).map(Number),
    };
  };
  const append = async (client: pg.Client, key: number): Promise<Operation> => {
    value += 1;
    const item = value;
    await client.query(`UPDATE list SET items = items || $2::text WHERE key = $1`, [
      key,
      `${item} `,
    ]);
    return { kind: 'append', key, value: item };
  };
  await share(options, async (client, id, committed) => {
    const operations: Operation[] = [];
    const first = Math.floor(committed / transactionsPerKeys) * keysAtOnce;
    const steps = 1 + Math.floor(random() * operationsMax);
    const done = await attempt(client, async () => {
      for (let step = 0; step < steps; step += 1) {
        const key = first + Math.floor(random() * keysAtOnce);
        operations.push(await (random() < 0.5 ? read : append)(client, key));
      }
    });
    history.push({ id, outcome: done ? 'committed' : 'aborted', operations });
    return done;
  });
  const last: Operation[] = [];
  for (let key = 0; key < keys; key += 1) last.push(await read(admin, key));
  return [...history, { id: 0, outcome: 'committed', operations: last }];
};

const accounts = 10;
const openingBalance = 100;
/** Every so many transactions one reads all balances. */
const auditEvery = 5;

export type BankResult = {
  readonly committed: number;
  readonly conflicts: number;
  /** Sums that were read and are not what was opened with; the last is of the end. */
  readonly wrongSums: readonly number[];
};

/** Moves money between few accounts, which must never make or lose any, in any snapshot. */
export const runBank = async (options: WorkloadOptions): Promise<BankResult> => {
  const { clients, random } = options;
  const [admin] = clients;
  if (!admin) return { committed: 0, conflicts: 0, wrongSums: [] };
  await admin.query('CREATE TABLE purse (id int PRIMARY KEY, balance int NOT NULL)');
  await admin.query(`INSERT INTO purse SELECT id, $1 FROM generate_series(1, $2::int) id`, [
    openingBalance,
    accounts,
  ]);
  let [committed, conflicts] = [0, 0];
  const wrongSums: number[] = [];
  const audit = async (client: pg.Client): Promise<void> => {
    // Row by row, so that one statement's snapshot is not enough.
    let sum = 0;
    for (let id = 1; id <= accounts; id += 1) {
      const { rows } = await client.query('SELECT balance FROM purse WHERE id = $1', [id]);
      sum += rows[0].balance as number;
    }
    if (sum !== accounts * openingBalance) wrongSums.push(sum);
  };
  const transfer = async (client: pg.Client): Promise<void> => {
    const from = 1 + Math.floor(random() * accounts);
    const to = 1 + ((from + Math.floor(random() * (accounts - 1))) % accounts);
    const amount = 1 + Math.floor(random() * 10);
    const { rows } = await client.query('SELECT id, balance FROM purse WHERE id IN ($1, $2)', [
      from,
      to,
    ]);
    for (const [id, change] of [
      [from, -amount],
      [to, amount],
    ] as const) {
      // Written from what was read, so that a lost update shows.
      const balance = rows.find((row) => row.id === id)?.balance as number;
      await client.query('UPDATE purse SET balance = $2 WHERE id = $1', [id, balance + change]);
    }
  };
  await share(options, async (client, id) => {
    const work = id % auditEvery === 0 ? audit : transfer;
    const done = await attempt(client, () => work(client));
    if (done) committed += 1;
    else conflicts += 1;
    return done;
  });
  await attempt(admin, () => audit(admin));
  return { committed, conflicts, wrongSums };
};
