import type { Channel } from './channel.ts';
import { encodeQuery } from './protocol.ts';
import { dsqlError } from './replies.ts';
import { refusingSql } from './statements/index.ts';
import { rowLimitExceeded, type TransactionStatus } from './transaction-rules.ts';

/**
 * Ends a unit whose outcome is not PostgreSQL's alone: fails the transaction that has written more rows
 * than it may, and commits the one around a statement that the client sent without.
 */
export const concludeUnit = async (unit: {
  readonly channel: Channel;
  readonly write: (bytes: Buffer) => void;
  readonly status: TransactionStatus;
  readonly exceeded: boolean;
  readonly wrapped: boolean;
}): Promise<TransactionStatus> => {
  let { status } = unit;
  const run = async (sql: string): Promise<void> => {
    const result = await unit.channel.ask(encodeQuery(sql));
    if (result.error) unit.write(dsqlError(result.error));
    status = result.status;
  };
  if (unit.exceeded) await run(refusingSql(rowLimitExceeded));
  if (unit.wrapped) await run('COMMIT');
  return status;
};
