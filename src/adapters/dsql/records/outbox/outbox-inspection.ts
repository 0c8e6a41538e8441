import { InvariantViolation } from '../../../../domain/kernel/fault.ts';
import { outboxShard, outboxShardCount } from '../../../../domain/kernel/outbox/outbox.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import { queryTogether } from '../../transaction/query-together.ts';
import { quoteIdentifier, type Row, type Statement, statement } from '../../wire/statement.ts';
import { timeOf } from '../column-time.ts';
import { parameterList, rowLimit } from '../statement-texts.ts';

/** A row of the outbox as a person reads it. Times are milliseconds since the epoch. */
export type OutboxRow = {
  readonly id: string;
  /** JSON text; a person may have made it something else. */
  readonly envelope: string;
  readonly origin: string;
  readonly occurredAt: number;
  /** The next attempt; of a published row, the time of its deletion. */
  readonly dueAt: number;
  readonly attempts: number;
  readonly publishedAt: number | undefined;
  readonly deadAt: number | undefined;
  readonly lastError: string | undefined;
};

/** The rows that are given up, wait to be published, or are kept after they were published. */
export type OutboxRowState = 'dead' | 'pending' | 'published';

/** A row that was published and is still kept. */
export type PublishedRow = Pick<OutboxRow, 'id' | 'envelope'>;

/** The outbox as the tools of an operator read it. Each read is bounded. */
export interface OutboxInspection {
  /** The oldest rows of a state, at most `rowsMax`, the oldest first. */
  readonly oldest: (state: OutboxRowState, rowsMax: number) => Promise<readonly OutboxRow[]>;
  readonly byId: (id: string) => Promise<OutboxRow | undefined>;
  /** Ids of rows in one part that were dead at a time. */
  readonly deadIds: (shard: number, before: Date, rowsMax: number) => Promise<readonly string[]>;
  /**
   * The rows of one part that the commands of a Region have written and that were published since a
   * time, in pages of at most a hundred.
   */
  readonly publishedSince: (
    shard: number,
    origin: string,
    since: Date,
  ) => AsyncGenerator<readonly PublishedRow[]>;
  /** The time of the database, by which rows are marked. */
  readonly now: () => Promise<Date>;
}

/** A person waits for it. Milliseconds. */
const readMsMax = 30_000;

/**
 * Keys that are read at once. Rows that one transaction has published have one time; the relay
 * publishes at most 500 of a part in one, so a page always holds others besides.
 */
const keysMax = 1_000;

/** Envelopes that are read at once: 6.4 MB of the largest. */
const envelopesMax = 100;

const columns =
  'id, envelope, origin_region, occurred_at, due_at, attempts, published_at, dead_at, last_error';

const conditions: Readonly<Record<OutboxRowState, string>> = {
  dead: 'dead_at IS NOT NULL',
  pending: 'published_at IS NULL AND dead_at IS NULL',
  published: 'published_at IS NOT NULL',
};

const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === null || value === undefined ? undefined : read(value);

const rowOf = (row: Row): OutboxRow => ({
  id: String(row['id']),
  envelope: String(row['envelope']),
  origin: String(row['origin_region']),
  occurredAt: timeOf(row['occurred_at']),
  dueAt: timeOf(row['due_at']),
  attempts: Number(row['attempts']),
  publishedAt: optional(row['published_at'], timeOf),
  deadAt: optional(row['dead_at'], timeOf),
  lastError: optional(row['last_error'], String),
});

const allShards = Array.from({ length: outboxShardCount }, (_, shard) => shard);

/** The statements; each one that searches reads one end of one index of one part. */
const inspectionStatements = (schema: string) => {
  const outbox = `${quoteIdentifier(schema)}.outbox`;
  const ofShard = (state: OutboxRowState): string =>
    `FROM ${outbox} WHERE shard = $1 AND ${conditions[state]}`;
  return {
    now: 'SELECT now() AS now',
    oldestDead: (rowsMax: number) =>
      `SELECT id, dead_at AS at ${ofShard('dead')} ORDER BY dead_at LIMIT ${rowLimit(rowsMax)}`,
    /** DSQL has two Regions at most, so each part has rows of the first and of the last one. */
    origins: (state: OutboxRowState) => `SELECT
      (SELECT origin_region ${ofShard(state)} ORDER BY origin_region, due_at LIMIT 1) AS first,
      (SELECT origin_region ${ofShard(state)} ORDER BY origin_region DESC, due_at DESC LIMIT 1) AS last`,
    oldestDue: (state: OutboxRowState, rowsMax: number) =>
      `SELECT id, due_at AS at ${ofShard(state)} AND origin_region = $2
        ORDER BY due_at LIMIT ${rowLimit(rowsMax)}`,
    byIds: (ids: number) =>
      `SELECT ${columns} FROM ${outbox} WHERE shard = $1 AND id IN (${parameterList(2, ids)})`,
    deadIds: (rowsMax: number) =>
      `SELECT id ${ofShard('dead')} AND dead_at <= $2 ORDER BY dead_at LIMIT ${rowLimit(rowsMax)}`,
    publishedKeys: `SELECT id, published_at, due_at ${ofShard('published')}
        AND origin_region = $2 AND due_at >= $3 ORDER BY due_at LIMIT ${rowLimit(keysMax)}`,
  };
};

/** Reads the outbox of a schema for an operator. */
export const createOutboxInspection = (
  connections: ConnectionPool,
  { schema }: { readonly schema: string },
): OutboxInspection => {
  const sql = inspectionStatements(schema);

  const read = async (statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> => {
    if (statements.length === 0) return [];
    const deadline = Date.now() + readMsMax;
    const results = await queryTogether(connections, statements, { deadline, writes: false });
    return results.map(({ rows }) => rows);
  };

  /** One statement for each part and each Region that has rows of the state there. */
  const searches = async (state: OutboxRowState, rowsMax: number) => {
    if (state === 'dead') {
      return allShards.map((shard) => statement(sql.oldestDead(rowsMax), shard));
    }
    const text = sql.oldestDue(state, rowsMax);
    const found = await read(allShards.map((shard) => statement(sql.origins(state), shard)));
    return found.flatMap(([row], shard) =>
      [...new Set([row?.['first'], row?.['last']])]
        .filter((origin) => typeof origin === 'string')
        .map((origin) => statement(text, shard, origin)),
    );
  };

  const byIds = async (ids: readonly string[]): Promise<ReadonlyMap<string, OutboxRow>> => {
    const statements = [...Map.groupBy(ids, outboxShard)].map(([shard, own]) =>
      statement(sql.byIds(own.length), shard, ...own),
    );
    const rows = (await read(statements)).flat().map(rowOf);
    return new Map(rows.map((row) => [row.id, row]));
  };

  /**
   * Ids of rows that were published since a time. A row is deleted some time after it was
   * published, so those that are due earlier than `since` were published earlier.
   */
  async function* publishedIds(
    shard: number,
    origin: string,
    since: Date,
  ): AsyncGenerator<readonly string[]> {
    // As it was read: a copy of the time has lost its microseconds.
    let from: unknown = since;
    let seen: ReadonlySet<string> = new Set();
    for (;;) {
      const [rows = []] = await read([statement(sql.publishedKeys, shard, origin, from)]);
      const fresh = rows.filter(({ id }) => !seen.has(String(id)));
      if (rows.length === keysMax && fresh.length === 0) {
        throw new InvariantViolation(`More than ${keysMax} events were published at one moment`);
      }
      yield fresh
        .filter((row) => timeOf(row['published_at']) >= since.getTime())
        .map(({ id }) => String(id));
      if (rows.length < keysMax) return;
      from = rows.at(-1)?.['due_at'];
      seen = new Set(rows.map(({ id }) => String(id)));
    }
  }

  return {
    oldest: async (state, rowsMax) => {
      const keys = (await read(await searches(state, rowsMax)))
        .flat()
        .map((row) => ({ id: String(row['id']), at: timeOf(row['at']) }))
        .toSorted((one, other) => one.at - other.at)
        .slice(0, rowsMax);
      const found = await byIds(keys.map(({ id }) => id));
      return keys.flatMap(({ id }) => found.get(id) ?? []);
    },
    byId: async (id) => (await byIds([id])).get(id),
    deadIds: async (shard, before, rowsMax) => {
      const [rows = []] = await read([statement(sql.deadIds(rowsMax), shard, before)]);
      return rows.map((row) => String(row['id']));
    },
    publishedSince: async function* (shard, origin, since) {
      for await (const ids of publishedIds(shard, origin, since)) {
        for (let next = 0; next < ids.length; next += envelopesMax) {
          const found = await byIds(ids.slice(next, next + envelopesMax));
          yield [...found.values()].map(({ id, envelope }) => ({ id, envelope }));
        }
      }
    },
    now: async () => {
      const [[row] = []] = await read([statement(sql.now)]);
      return new Date(timeOf(row?.['now']));
    },
  };
};
