import { randomUUID } from 'node:crypto';
import type { LivePlace, RegionName } from '../live-place.ts';

const api = 'antipode-ledger-api';

/** A client of the ledger in both Regions; it rejects where an answer is no success. */
export const createLedgerClient = ({ ask }: Pick<LivePlace, 'ask'>) => {
  const succeeded = async (region: RegionName, payload: unknown) => {
    const answer = await ask(region, api, payload);
    if (answer.status >= 300) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer;
  };
  return {
    /** @returns the id of the transaction */
    write: async (region: RegionName): Promise<string> => {
      const transaction_id = randomUUID();
      const command = { operation: 'write', transaction_id, account_id: 'a', amount: '1.00' };
      await succeeded(region, command);
      return transaction_id;
    },
    read: async (region: RegionName, transaction_id: string) =>
      (await succeeded(region, { operation: 'read', transaction_id })).body,
    /** The version of the code that answers, where it names itself. */
    version: async (region: RegionName): Promise<string | undefined> =>
      (await succeeded(region, { operation: 'read' })).headers['x-version'],
  };
};
