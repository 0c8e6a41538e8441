import { Kysely } from 'kysely';
import { type ConnectionPool, DsqlDialect } from '../../../src/adapters/dsql/index.ts';
import {
  createAuditRepository,
  createTotalsRepository,
  type LedgerTables,
  ledgerSchema as schema,
} from '../../../src/adapters/ledger/index.ts';
import { accept, type Json, type UnitOfWork } from '../../../src/domain/kernel/index.ts';
import type { AuditState, TotalsState } from '../../../src/domain/ledger/index.ts';
import { noPublisher } from '../../../src/handlers/runtime/index.ts';
import { enveloped } from '../counter.ts';
import { unitOfWorkOn } from '../dsql-adapter.ts';
import { ledgerOn } from './api.ts';

const region = 'us-east-1';
const id = (): string => crypto.randomUUID();

const consume = <State>(unitOfWork: UnitOfWork<never, State>, state: State) =>
  unitOfWork.execute<Json>({
    once: { kind: 'event', consumer: 'test', eventId: id() },
    decide: () => accept({ state, events: [], result: null }),
    envelop: enveloped,
    deadline: Date.now() + 20_000,
  });

/** Every operation of the ledger, by the name that its measurements and statements go by. */
export const ledgerOperations = (connections: ConnectionPool) => {
  const { ask } = ledgerOn(connections, { region, publisher: noPublisher });
  const db = new Kysely<LedgerTables>({ dialect: new DsqlDialect({ connections }) });
  const totals: UnitOfWork<never, TotalsState> = unitOfWorkOn(
    connections,
    createTotalsRepository(db),
    schema,
  ).unitOfWork;
  const audit: UnitOfWork<never, AuditState> = unitOfWorkOn(
    connections,
    createAuditRepository(db),
    schema,
  ).unitOfWork;
  const answered = async (request: object): Promise<{ readonly next_cursor?: string }> => {
    const { status, body } = await ask(request);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body;
  };
  return {
    answered,
    write: () => answered({ operation: 'write', amount: '1.00' }),
    deposit: (account: string) =>
      answered({ operation: 'write', account_id: account, amount: '1000.00' }),
    transfer: (from: string, to: string) =>
      answered({
        operation: 'transfer',
        transaction_id: id(),
        from_account: from,
        to_account: to,
        amount: '0.01',
      }),
    replay: (transaction: string) =>
      answered({ operation: 'write', transaction_id: transaction, amount: '1.00' }),
    read: (transaction: string) => answered({ operation: 'read', transaction_id: transaction }),
    totals: () => answered({ operation: 'read' }),
    list: (limit: number) => answered({ operation: 'list', limit }),
    nextPage: (limit: number, cursor: string) => answered({ operation: 'list', limit, cursor }),
    balance: (account: string) => answered({ operation: 'balance', account_id: account }),
    projectTotals: () =>
      consume(totals, {
        increments: [
          { region, kind: 'deposit', shard: 0, amount: { minor: 1n, currency: 'USD' } } as const,
        ],
      }),
    auditReplica: () =>
      consume(audit, {
        arrivals: [
          {
            ...{ eventId: id(), eventType: 'E', originRegion: region, arrivalRegion: 'b' },
            ...{ occurredAt: Date.now(), arrivedAt: Date.now() },
          },
        ],
      }),
  };
};

/** Has the ledger do everything that it can, so that all of its statements are sent. */
export const runLedger = async (connections: ConnectionPool): Promise<void> => {
  const ledger = ledgerOperations(connections);
  const transaction = id();
  await ledger.write();
  for (const account of ['a', 'a', 'b']) await ledger.deposit(account);
  await ledger.replay(transaction);
  await ledger.replay(transaction);
  await ledger.transfer('a', 'b');
  await ledger.read(transaction);
  await ledger.totals();
  await ledger.balance('a');
  for (const limit of [10, 25, 50, 100]) {
    await ledger.list(limit);
    const { next_cursor: cursor = '' } = await ledger.list(1);
    await ledger.nextPage(limit, cursor);
  }
  await ledger.projectTotals();
  await ledger.auditReplica();
};
