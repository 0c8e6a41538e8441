/** The reference service: a small ledger. */
export * from './audit.ts';
export * from './commands.ts';
export * from './events.ts';
export * from './ledger.ts';
export * from './money.ts';
export * from './queries.ts';
export * from './record-transaction.ts';
export * from './refusals.ts';
export * from './totals.ts';
export * from './transfer.ts';
