import { expect, it } from 'vitest';
import type { StackRegion } from '../../../packages/cli/src/local/index.ts';
import type { LedgerStack } from './stack.ts';

/**
 * Sends a request again while it is told to, as a client does: on a busy machine the work meets its
 * deadline.
 */
const untilAnswered = async (ledger: LedgerStack, region: StackRegion, payload: object) => {
  for (;;) {
    const answer = await ledger.ask(region, payload).catch((error: unknown) => {
      if (!/Task timed out/.test(String(error))) throw error;
      return undefined;
    });
    if (answer && answer.status !== 503) return answer;
  }
};

/** So many transfers at once between five accounts that hold too little for all of them. */
export const describeConcurrentTransfers = (started: () => LedgerStack, count: number): void => {
  it(`conserves the sum and overdraws nobody in ${count} concurrent transfers`, async () => {
    const ledger = started();
    const accounts = ['a', 'b', 'c', 'd', 'e'].map((name) => `bank-${name}`);
    for (const account_id of accounts) {
      await ledger.ask(ledger.primary, { operation: 'write', account_id, amount: '20.00' });
    }
    const answers = await Promise.all(
      Array.from({ length: count }, (_, index) => {
        const from = index % 5;
        return untilAnswered(ledger, index % 2 === 0 ? ledger.primary : ledger.secondary, {
          operation: 'transfer',
          transaction_id: `transfer-${index}`,
          from_account: accounts[from],
          to_account: accounts[(from + 1 + (index % 4)) % 5],
          amount: `${1 + (index % 13)}.00`,
        });
      }),
    );
    expect(answers.filter(({ status }) => status !== 200 && status !== 422)).toEqual([]);
    const balances = await Promise.all(
      accounts.map(async (account_id) => {
        const { body } = await ledger.ask(ledger.secondary, { operation: 'balance', account_id });
        return Number(body.balance);
      }),
    );
    expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(100);
    expect(Math.min(...balances)).toBeGreaterThanOrEqual(0);
  }, 300_000);
};
