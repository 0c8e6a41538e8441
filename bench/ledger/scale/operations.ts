import { randomUUID } from 'node:crypto';
import { createDsqlExpiredRecords, createDsqlOutbox } from '../../../src/adapters/dsql/index.ts';
import { formatCursor, ledgerSchema as schema } from '../../../src/adapters/ledger/index.ts';
import type { RecordKind } from '../../../src/domain/kernel/index.ts';
import { outboxShardCount } from '../../../src/domain/kernel/outbox/outbox.ts';
import { ledgerOperations } from '../../../test/support/ledger/ledger-work.ts';
import { addFrameworkRows } from '../../../test/support/statements/fill-tables.ts';
import { type FilledService, region } from './service.ts';

/**
 * Something that a service does, and what puts the tables right again afterwards, which is not
 * measured.
 */
export type Operation = {
  readonly run: () => Promise<unknown>;
  readonly restore?: (() => Promise<unknown>) | undefined;
};

/**
 * Rows of a claim, a settlement and a deletion. Small, so that the smallest tables have as many in
 * each part: the same work is done at every size.
 */
const batchRows = 25;

/**
 * Accounts and transactions that are asked for, spread evenly over each table: as many at every
 * size, and few enough that memory holds their pages after the warm-up. A page that it does not
 * hold costs what the storage takes.
 */
const keysAsked = 20;

/** Longer than any operation here takes. Milliseconds. */
const roomMs = 30_000;

/** The number of one of the rows that are asked for. */
const rowAt = (rows: number, key: number): number => 1 + key * Math.floor(rows / keysAsked);
const anyKey = (): number => Math.floor(Math.random() * keysAsked);
const anyOf = (rows: number): number => rowAt(rows, anyKey());
const soon = (): number => Date.now() + roomMs;
const allShards = Array.from({ length: outboxShardCount }, (_, shard) => shard);

const ofLedger = async ({ rows, connections, server }: FilledService) => {
  const ledger = ledgerOperations(connections);
  const account = () => `a-${anyOf(rows)}`;
  const { rows: found } = await server.superuser.query<{ id: string; recorded_at: Date }>(
    `SELECT id, recorded_at FROM ${schema}.transactions WHERE id = 't-' || $1`,
    [Math.floor(rows / 2)],
  );
  const [middle] = found;
  if (!middle) throw new Error('The ledger is not filled');
  const cursor = formatCursor({ recordedAt: middle.recorded_at.getTime(), id: middle.id });
  const replayed = randomUUID();
  await ledger.replay(replayed);
  return {
    write: { run: ledger.write },
    'write to an account': { run: () => ledger.deposit(account()) },
    transfer: {
      run: () => {
        const from = anyKey();
        const to = (from + 1) % keysAsked;
        return ledger.transfer(`a-${rowAt(rows, from)}`, `a-${rowAt(rows, to)}`);
      },
    },
    replay: { run: () => ledger.replay(replayed) },
    'read by id': { run: () => ledger.read(`t-${anyOf(rows)}`) },
    'read totals': { run: ledger.totals },
    'list, first page of 25': { run: () => ledger.list(25) },
    'list, a page of 25 in the middle': { run: () => ledger.nextPage(25, cursor) },
    balance: { run: () => ledger.balance(account()) },
    'project-totals': { run: ledger.projectTotals },
    'audit-replica': { run: ledger.auditReplica },
  } satisfies Record<string, Operation>;
};

/** Longer than an operation takes. */
const leaseMs = 60_000;

const ofOutbox = ({ connections, server }: FilledService) => {
  const outbox = createDsqlOutbox(connections, { schema, graceMs: 0, replayWindowMs: 0 });
  const owner = randomUUID();
  let turn = 0;
  const nextShard = (): number => {
    turn = (turn + 1) % outboxShardCount;
    return turn;
  };
  const claim = { origin: region, leaseMs, rowsMax: batchRows, owner };
  /** Puts as many rows back as one shard has lost. */
  const refill = (kind: 'published' | 'expired', shard: number) =>
    addFrameworkRows(server.superuser, { schema, region, shard }, { [kind]: batchRows });
  let settled: readonly string[] = [];
  const expired = createDsqlExpiredRecords(connections, { schema });
  const purgeOf = (kind: RecordKind): Operation => ({
    run: () => expired.purge({ kind, shard: nextShard(), rowsMax: batchRows, deadline: soon() }),
    restore: () => refill('expired', turn),
  });
  return {
    'outbox: lanes that are due': { run: () => outbox.due(allShards, soon()) },
    [`outbox: claim of ${batchRows}`]: {
      run: () => outbox.claim({ ...claim, shard: nextShard() }),
      restore: () => server.superuser.query(`TRUNCATE ${schema}.outbox_lane`),
    },
    [`outbox: claim of ${batchRows}, settled`]: {
      run: async () => {
        const rows = await outbox.claim({ ...claim, shard: nextShard() });
        settled = rows.map(({ event }) => event.id);
        await outbox.settle(owner, settled, []);
      },
      restore: () =>
        server.superuser.query(
          `UPDATE ${schema}.outbox SET published_at = NULL, due_at = now() WHERE shard = $1 AND id = ANY ($2)`,
          [turn, settled],
        ),
    },
    'outbox: status': { run: () => outbox.status(soon()) },
    [`outbox: purge of ${batchRows}`]: {
      run: () =>
        outbox.purge({ shard: nextShard(), origin: region, rowsMax: batchRows, deadline: soon() }),
      restore: () => refill('published', turn),
    },
    [`idempotency: purge of ${batchRows}`]: purgeOf('idempotency'),
    [`inbox: purge of ${batchRows}`]: purgeOf('inbox'),
  } satisfies Record<string, Operation>;
};

/** Every operation of the ledger, a claim, a purge and a status, by name. */
export const operationsOf = async (
  service: FilledService,
): Promise<ReadonlyMap<string, Operation>> =>
  new Map<string, Operation>(
    Object.entries({ ...(await ofLedger(service)), ...ofOutbox(service) }),
  );
