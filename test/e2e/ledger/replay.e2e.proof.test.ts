import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Operator, operatorOf } from './operator.ts';
import { type LedgerStack, startLedger } from './stack.ts';

/** `npm run proofs -- replay` replays 10,000. */
const events = Number(process.env['REPLAYED_EVENTS'] ?? 1_000);
const clients = 16;

/** The tables that a command or the handling of an event writes. */
const tables = ['transactions', 'accounts', 'totals', 'arrivals', 'inbox', 'outbox', 'idempotency'];

let ledger: LedgerStack;
let operator: Operator;

beforeAll(async () => {
  ledger = await startLedger();
  operator = operatorOf(ledger);
});

afterAll(async () => {
  operator.stop();
  await ledger.stop();
});

/** Sends a write again while it is told to: on a busy machine the work meets its deadline. */
const write = async (transaction_id: string): Promise<void> => {
  const request = { operation: 'write', transaction_id, amount: '1.00' };
  for (;;) {
    const status = await ledger.ask(ledger.primary, request).then(
      (answer) => answer.status,
      (error: unknown) => {
        if (!/Task timed out/.test(String(error))) throw error;
        return 503;
      },
    );
    if (status === 200) return;
    expect(status).toBe(503);
  }
};

/** The content of the tables: their numbers of rows, and the sums of the totals. */
const effects = async () => {
  const rows = new Map<string, number>();
  for (const table of tables) {
    // The relay leases each tick of its schedule in the same table; a command has no owner.
    const commands = table === 'idempotency' ? 'WHERE owner IS NULL' : '';
    const [row] = await operator.ask(`SELECT count(*) AS n FROM ledger.${table} ${commands}`);
    rows.set(table, Number(row?.['n']));
  }
  const [sums] = await operator.ask(
    'SELECT sum(count) AS n, sum(amount) AS amount FROM ledger.totals',
  );
  return { rows: Object.fromEntries(rows), sums };
};

const deliveries = () => {
  const marked = ledger.invocations.filter(({ payload }) => payload.includes('"replay-name"'));
  const of = (region: string) => marked.filter((one) => one.region === region);
  const answers = new Set(marked.map(({ answer }) => answer));
  return { own: of('us-east-1'), other: of('us-west-2'), answers };
};

describe('an archive of many events', () => {
  it('causes no new effect when it is replayed, and does not cross Regions', async () => {
    const ids = Array.from({ length: events }, (_, index) => `replayed-${index}`);
    const next = ids.values();
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (const id of next) await write(id);
      }),
    );
    await ledger.stack.idle();
    const before = await effects();
    expect(Number(before.sums?.['n'])).toBe(events);
    const startedAt = performance.now();
    const done = await operator.json('events replay --since 1d --until 2100-01-01 --yes');
    await ledger.stack.idle();
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = await effects();
    const { own, other, answers } = deliveries();
    const replayed = new Set(own.map(({ payload }) => JSON.parse(payload).detail.id));
    console.log(
      [
        `${events} events in the archive, replay ${done.state} in ${seconds.toFixed(1)} s`,
        `replayed deliveries: ${own.length} of ${replayed.size} events in us-east-1, ${other.length} in us-west-2`,
        `answers: ${[...answers].join(' ')}`,
        `before: ${JSON.stringify(before)}`,
        `after:  ${JSON.stringify(after)}`,
      ].join('\n'),
    );
    expect(done.state).toBe('COMPLETED');
    expect(done.rules).not.toContain('antipode-ledger-to-us-west-2');
    // The bus may have taken an event twice, and then the archive has it twice.
    expect(replayed.size).toBe(events);
    expect(new Set(own.map(({ functionName }) => functionName))).toEqual(
      new Set(['antipode-ledger-project-totals']),
    );
    expect(answers).toEqual(new Set(['{"status":"replayed"}']));
    expect(other).toEqual([]);
    expect(after).toEqual(before);
    // Some minutes on a machine of its own.
  }, 3_600_000);
});
