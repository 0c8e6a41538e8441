import { isEnvelope } from '../../../../domain/kernel/events/envelope-check.ts';
import type {
  ClaimedEvent,
  EventEnvelope,
  OutboxClaim,
  OutboxFailure,
  OutboxLane,
} from '../../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import { oneAttempt } from '../../transaction/conflict-retry.ts';
import { queryTogether } from '../../transaction/query-together.ts';
import type { Transaction } from '../../transaction/transaction.ts';
import { createTransactions } from '../../transaction/transactions.ts';
import { type Row, statement } from '../../wire/statement.ts';
import {
  canonicalId,
  claimsIn,
  heldIds,
  keepClaims,
  type LaneClaims,
  overdueClaim,
  withoutRows,
} from './outbox-lanes.ts';
import { largestRowsMax, type outboxStatements } from './outbox-statements.ts';
import { keysOf } from './outbox-write-statements.ts';

type Sql = ReturnType<typeof outboxStatements>;

/**
 * Keys that a claim reads to pass those that others hold: as many as six claims of the relay have.
 * Behind more held rows a claim finds none until their leases end.
 */
const keysReadMax = 3_000;

/**
 * Characters of the envelopes of one claim, as far as the last one tells. A relay has four claims
 * at once, each as text, as objects and as the entries of its requests.
 */
const claimLengthMax = 10 * 1024 * 1024;

/** How many rows a claim reads, by the length of the envelopes that were read last. */
const createClaimSize = () => {
  let average = Number.POSITIVE_INFINITY;
  return {
    rowsFor: (rowsMax: number): number =>
      average * rowsMax <= claimLengthMax ? rowsMax : Math.min(rowsMax, largestRowsMax),
    measure: (rows: readonly Row[]): void => {
      if (rows.length === 0) return;
      const total = rows.reduce((sum, row) => sum + String(row['envelope']).length, 0);
      average = total / rows.length;
    },
  };
};

type ClaimSize = ReturnType<typeof createClaimSize>;

const noEnvelope =
  'The envelope in this row is none of its event: write it anew and redrive the event';

/**
 * The envelope of a row; undefined where a person has changed the row and it holds none, or that of
 * another event: a relay would publish it again and again, since it settles by the event's id.
 */
const envelopeOf = (row: Row): EventEnvelope | undefined => {
  try {
    const wire: unknown = JSON.parse(String(row['envelope']));
    return isEnvelope(wire) && canonicalId(wire.id) === row['id'] ? wire : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Separates rows with an envelope from others, which would end each run of a relay that reads them.
 */
export const readClaimed = (rows: readonly Row[]) => {
  const claimed: ClaimedEvent[] = [];
  const failed: OutboxFailure[] = [];
  for (const row of rows) {
    const event = envelopeOf(row);
    if (event) claimed.push({ event, attempts: Number(row['attempts']) + 1 });
    else failed.push({ eventId: String(row['id']), reason: noEnvelope, retryInMs: undefined });
  }
  return { claimed, failed };
};

/** How many keys to read to find `rowsMax` beside held ones; few texts of statements exist. */
const keysToRead = (rowsMax: number, held: ReadonlySet<string>): number =>
  held.size === 0 ? rowsMax : Math.min(keysReadMax, 2 ** Math.ceil(Math.log2(rowsMax + held.size)));

/**
 * The rows that a claim takes beside those that others hold. Envelopes are read only of rows that
 * it takes.
 */
const rowsBeside = async (
  tx: Transaction,
  sql: Sql,
  { shard, origin, rowsMax, ageMsMin }: OutboxClaim,
  { held, size: { rowsFor, measure } }: { held: ReadonlySet<string>; size: ClaimSize },
): Promise<readonly Row[]> => {
  const count = keysToRead(rowsMax, held);
  const readKeys =
    ageMsMin === undefined
      ? statement(sql.dueKeys(count), shard, origin)
      : statement(sql.dueKeysByAge(count), shard, origin, ageMsMin);
  const keys = await tx.read(readKeys);
  const ids = keys
    .filter((row) => !held.has(String(row['id'])))
    .slice(0, rowsMax)
    .filter((row) => ageMsMin === undefined || row['is_old'] === true)
    .slice(0, rowsFor(rowsMax))
    .map((row) => String(row['id']));
  const rows: readonly (readonly Row[])[] = await Promise.all(
    keysOf(ids).map((list) =>
      tx.read<Row>(statement(sql.rowsByKeys(list.ids.length), shard, ...list.ids)),
    ),
  );
  measure(rows.flat());
  const byId = new Map(rows.flat().map((row) => [String(row['id']), row]));
  return ids.map((id) => byId.get(id)).filter((row) => row !== undefined);
};

/**
 * Counts an attempt for rows whose relay did not settle them in time, and takes them from it. They
 * come behind those that have been due for longer, as after a failure.
 */
const endClaim = (
  tx: Transaction,
  sql: Sql,
  lane: LaneClaims,
  overdue: LaneClaims['claims'][number],
) => {
  const ended = new Set(overdue.ids.slice(0, largestRowsMax));
  const due = new Date(overdue.endsAt);
  for (const { shard, ids } of keysOf([...ended])) {
    tx.write(statement(sql.countAttempt(ids.length), shard, due, ...ids));
  }
  tx.write(
    keepClaims(
      sql,
      withoutRows(lane, (claim, id) => claim === overdue && ended.has(id)),
    ),
  );
};

/**
 * Claims rows of the outbox.
 *
 * A lane has one row that names the rows which relays hold. A claim writes this row and reads the
 * others, so it costs one write however many rows it takes. Two claims of one lane at once write
 * the same row, so one of them conflicts.
 */
export const createOutboxClaims = (connections: ConnectionPool, sql: Sql) => {
  // After a conflict a relay leaves the rows to the one that has them.
  const transactions = createTransactions({ connections, retrier: oneAttempt });
  const size = createClaimSize();

  /**
   * The rows that have been due for longest. The first claim of a process reads a few of them, to
   * know how large they are.
   */
  const firstRows = async (tx: Transaction, claim: OutboxClaim): Promise<readonly Row[]> => {
    const read = (rows: number) =>
      tx.read<Row>(statement(sql.dueRows(rows), claim.shard, claim.origin));
    const count = size.rowsFor(claim.rowsMax);
    const rows = await read(count);
    size.measure(rows);
    const more = size.rowsFor(claim.rowsMax);
    return rows.length === count && more > count ? read(more) : rows;
  };

  /** The rows; `undefined` after a claim that was overdue has been ended, or a part of it. */
  const claimOnce = (claim: OutboxClaim) =>
    transactions.run(async (tx) => {
      const { owner, shard, origin, leaseMs } = claim;
      const isOwn = claim.ageMsMin === undefined;
      const [[row], first] = await Promise.all([
        tx.read(statement(sql.lane, shard, origin)),
        isOwn ? firstRows(tx, claim) : [],
      ]);
      const lane = row ? claimsIn(row) : { lane: { shard, origin }, now: 0, claims: [] };
      const overdue = overdueClaim(lane);
      if (overdue) {
        endClaim(tx, sql, lane, overdue);
        return undefined;
      }
      const held = heldIds(lane);
      const rows =
        isOwn && held.size === 0 ? first : await rowsBeside(tx, sql, claim, { held, size });
      if (rows.length > 0) {
        const ids = rows.map(({ id }) => String(id));
        const claims = [...lane.claims, { owner, endsAt: lane.now + leaseMs, ids }];
        tx.write(keepClaims(sql, { ...lane, claims }));
      }
      return rows;
    });

  return async (claim: OutboxClaim): Promise<readonly Row[]> => {
    // Each round makes a claim smaller that is overdue, or is the last one.
    for (;;) {
      const rows = await claimOnce(claim);
      if (rows) return rows;
    }
  };
};

/** Finds the lanes that have a due row which no relay holds. */
export const createDueLanes = (connections: ConnectionPool, sql: Sql) => {
  /** Those of the lanes with held rows that have another one which is due. */
  const freeLanes = async (
    lanes: readonly LaneClaims[],
    deadline: number,
  ): Promise<readonly OutboxLane[]> => {
    if (lanes.length === 0) return [];
    const statements = lanes.map((one) =>
      statement(sql.dueKeys(keysToRead(1, heldIds(one))), one.lane.shard, one.lane.origin),
    );
    const results = await queryTogether(connections, statements, { deadline, writes: false });
    return lanes
      .filter((one, index) => {
        const held = heldIds(one);
        return results[index]?.rows.some(({ id }) => !held.has(String(id)));
      })
      .map(({ lane }) => lane);
  };

  return async (shards: readonly number[], deadline: number): Promise<readonly OutboxLane[]> => {
    const statements = [
      ...shards.map((shard) => statement(sql.due, shard)),
      ...shards.map((shard) => statement(sql.lanesOfPart, shard)),
    ];
    const parts = await queryTogether(connections, statements, { deadline, writes: false });
    const holding = parts
      .slice(shards.length)
      .flatMap(({ rows }) => rows.map(claimsIn))
      .filter((one) => heldIds(one).size > 0);
    const due = shards.flatMap((shard, index) => {
      const rows = (parts[index]?.rows ?? []).filter((row) => row['is_due'] === true);
      const origins = new Set(rows.map((row) => String(row['origin_region'])));
      return [...origins].map((origin) => ({ shard, origin }));
    });
    const isHeld =
      ({ shard, origin }: OutboxLane) =>
      (one: LaneClaims) =>
        one.lane.shard === shard && one.lane.origin === origin;
    return [
      ...due.filter((lane) => !holding.some(isHeld(lane))),
      ...(await freeLanes(
        due.flatMap((lane) => holding.find(isHeld(lane)) ?? []),
        deadline,
      )),
    ];
  };
};
