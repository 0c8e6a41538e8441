import { beforeAll, describe, expect, it } from 'vitest';
import type { LedgerStack } from './stack.ts';

let ledger: LedgerStack;

const handled = (functionName: string, transactionId: string) =>
  ledger.invocations.filter(
    (one) =>
      !one.failed &&
      one.functionName === functionName &&
      JSON.parse(one.payload).detail?.data?.transaction_id === transactionId,
  );

const countOf = async (region: string): Promise<number> => {
  const { body } = await ledger.ask(ledger.primary, {});
  return body.totals
    .filter((total: { region: string }) => total.region === region)
    .reduce((sum: number, { count }: { count: number }) => sum + count, 0);
};

/**
 * The behaviour of a ledger for its callers, and its events.
 *
 * @param failNextPutEvents has the next PutEvents request of a function fail, after the given work
 */
export const describeRegions = (
  started: () => LedgerStack,
  failNextPutEvents: (first: () => Promise<void>) => void,
): void => {
  beforeAll(() => {
    ledger = started();
  });

  describe('the ledger in two Regions', () => {
    it('answers in the secondary what was written in the primary', async () => {
      const write = { operation: 'write', transaction_id: 'test-001', amount: 100.5 };
      const { status, body } = await ledger.ask(ledger.primary, write);
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { transaction_id: 'test-001', amount: '100.50', region: 'us-east-1' },
      });
      const read = { operation: 'read', transaction_id: 'test-001' };
      expect((await ledger.ask(ledger.secondary, read)).body).toEqual(body);
    });

    it('handles an event in its Region of origin and records its copy in the other', async () => {
      const write = { operation: 'write', transaction_id: 'test-002', amount: '1.00' };
      await ledger.ask(ledger.secondary, write);
      await expect
        .poll(() => handled('antipode-ledger-project-totals', 'test-002'))
        .toHaveLength(1);
      await expect.poll(() => handled('antipode-ledger-audit-replica', 'test-002')).toHaveLength(1);
      expect(handled('antipode-ledger-project-totals', 'test-002')[0]?.region).toBe('us-west-2');
      expect(handled('antipode-ledger-audit-replica', 'test-002')[0]?.region).toBe('us-east-1');
    });

    it('adds an event to the totals once, however often it is put on the bus', async () => {
      const write = { operation: 'write', transaction_id: 'repeated', amount: '3.00' };
      await ledger.ask(ledger.primary, write);
      await ledger.stack.idle();
      const [first, ...others] = handled('antipode-ledger-project-totals', 'repeated');
      expect(others).toEqual([]);
      const { totals } = (await ledger.ask(ledger.primary, {})).body;
      const { source, 'detail-type': type, detail } = JSON.parse(first?.payload ?? '');
      for (const region of [ledger.primary, ledger.secondary]) {
        for (const _ of [1, 2]) await ledger.put(region, { source, type, detail });
      }
      await ledger.stack.idle();
      // Twice in each Region: each projects what was put there.
      expect(handled('antipode-ledger-project-totals', 'repeated')).toHaveLength(5);
      expect((await ledger.ask(ledger.primary, {})).body.totals).toEqual(totals);
    });

    it('leaves one transaction, one event and fifty equal answers when a write is sent fifty times', async () => {
      const before = (await countOf('us-east-1')) + (await countOf('us-west-2'));
      const write = { operation: 'write', transaction_id: 'fifty', amount: '7.00' };
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          ledger.ask(index % 2 === 0 ? ledger.primary : ledger.secondary, write),
        ),
      );
      expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(
        1,
      );
      expect(answers.filter(({ headers }) => !headers['idempotent-replayed'])).toHaveLength(1);
      await ledger.stack.idle();
      expect(handled('antipode-ledger-project-totals', 'fifty')).toHaveLength(1);
      expect((await countOf('us-east-1')) + (await countOf('us-west-2'))).toBe(before + 1);
      const { body } = await ledger.ask(ledger.primary, { operation: 'list', limit: 100 });
      const listed = body.transactions.filter(
        (transaction: { transaction_id: string }) => transaction.transaction_id === 'fifty',
      );
      expect(listed).toHaveLength(1);
    });

    it('delivers the event, once in effect, when the process is killed between COMMIT and publishing', async () => {
      const { primary } = ledger;
      // Events of other tests may be on their way.
      await ledger.stack.idle();
      const before = await countOf('us-east-1');
      const api = primary.functions.get('antipode-ledger-api');
      const killed = new Set<number>();
      failNextPutEvents(async () => {
        for (const pid of api?.environments() ?? []) {
          killed.add(pid);
          process.kill(pid, 'SIGKILL');
        }
      });
      const write = { operation: 'write', transaction_id: 'killed', amount: '5.00' };
      await expect(ledger.ask(primary, write)).rejects.toThrow(/Runtime.ExitError/);
      expect(handled('antipode-ledger-project-totals', 'killed')).toHaveLength(0);
      // Idle processes were killed too, and the runner hears of each death in its turn. Those that
      // an earlier test still had started may come later, and live.
      await expect
        .poll(() => api?.environments().filter((pid) => killed.has(pid)), { timeout: 10_000 })
        .toEqual([]);
      const again = await ledger.ask(primary, write);
      expect(again).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
      await expect
        .poll(() => handled('antipode-ledger-project-totals', 'killed').length, { timeout: 45_000 })
        .toBeGreaterThanOrEqual(1);
      await ledger.stack.idle();
      expect(await countOf('us-east-1')).toBe(before + 1);
    }, 60_000);
  });
};
