import type { CommandRecords } from '../../domain/kernel/index.ts';
import { replayResult } from '../../domain/kernel/work/recorded-response.ts';
import type { MemoryDatabase } from './database.ts';
import { type CompletedRecord, recordTables } from './records.ts';

/** The records of commands in memory. */
export const createMemoryCommandRecords = (database: MemoryDatabase): CommandRecords => ({
  find: async ({ key, fingerprint }) => {
    const record = await database.transact((transaction) =>
      transaction.get<CompletedRecord>(recordTables.command, key),
    );
    if (!record) return undefined;
    return record.fingerprint === fingerprint
      ? { status: 'replayed', result: replayResult(record.response) }
      : { status: 'mismatched' };
  },
});
