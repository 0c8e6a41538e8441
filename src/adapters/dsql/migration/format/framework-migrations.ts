import { quoteIdentifier } from '../../wire/statement.ts';

/** A change of the schema: one DDL statement that may run twice (`IF NOT EXISTS`). */
export type Migration = {
  /** Unique for ever. Migrations run in the order of the list, not of their ids. */
  readonly id: string;
  readonly ddl: string;
};

/**
 * The tables of the framework: idempotency, inbox, outbox and the lanes of the outbox, ordered
 * events. They are in the service's schema, so that its transactions can include them and no other
 * service uses them.
 *
 * The first column of every key is random: a digest, a UUID, or one of sixteen shards.
 */
export const frameworkMigrations = (schemaName: string): readonly Migration[] => {
  const schema = quoteIdentifier(schemaName);
  return [
    {
      id: 'antipode-0001-idempotency',
      ddl: `CREATE TABLE IF NOT EXISTS ${schema}.idempotency (
        key text PRIMARY KEY,
        status text NOT NULL,
        fingerprint text NOT NULL,
        response text,
        owner uuid,
        lease_until timestamptz,
        expires_at timestamptz NOT NULL)`,
    },
    {
      id: 'antipode-0002-inbox',
      ddl: `CREATE TABLE IF NOT EXISTS ${schema}.inbox (
        event_id text NOT NULL,
        consumer text NOT NULL,
        handled_at timestamptz NOT NULL,
        PRIMARY KEY (event_id, consumer))`,
    },
    {
      id: 'antipode-0003-outbox',
      ddl: `CREATE TABLE IF NOT EXISTS ${schema}.outbox (
        shard smallint NOT NULL,
        id uuid NOT NULL,
        envelope text NOT NULL,
        origin_region text NOT NULL,
        occurred_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        attempts integer NOT NULL,
        lease_owner uuid,
        published_at timestamptz,
        dead_at timestamptz,
        last_error text,
        PRIMARY KEY (shard, id))`,
    },
    {
      id: 'antipode-0004-outbox-unpublished',
      ddl: `CREATE INDEX ASYNC IF NOT EXISTS outbox_unpublished ON ${schema}.outbox (shard, due_at)
        WHERE published_at IS NULL`,
    },
    {
      id: 'antipode-0005-outbox-published',
      ddl: `CREATE INDEX ASYNC IF NOT EXISTS outbox_published ON ${schema}.outbox (shard, origin_region, due_at)
        WHERE published_at IS NOT NULL`,
    },
    // DSQL adds no column with NOT NULL or a default: older rows have no shard.
    {
      id: 'antipode-0006-idempotency-shard',
      ddl: `ALTER TABLE ${schema}.idempotency ADD COLUMN IF NOT EXISTS shard smallint`,
    },
    {
      id: 'antipode-0007-idempotency-expired',
      ddl: `CREATE INDEX ASYNC IF NOT EXISTS idempotency_expired ON ${schema}.idempotency (shard, expires_at)`,
    },
    {
      id: 'antipode-0008-inbox-shard',
      ddl: `ALTER TABLE ${schema}.inbox ADD COLUMN IF NOT EXISTS shard smallint`,
    },
    {
      id: 'antipode-0009-inbox-expired',
      ddl: `CREATE INDEX ASYNC IF NOT EXISTS inbox_expired ON ${schema}.inbox (shard, handled_at)`,
    },
    // A claim reads the end of one shard and one Region, and no rows of the other Region.
    {
      id: 'antipode-0010-outbox-due',
      ddl: `CREATE INDEX ASYNC IF NOT EXISTS outbox_due ON ${schema}.outbox (shard, origin_region, due_at)
        WHERE published_at IS NULL AND dead_at IS NULL`,
    },
    // For the age of the oldest row and the number of dead rows. A row that its command publishes
    // is in neither.
    {
      id: 'antipode-0011-outbox-failed',
      ddl: `CREATE INDEX ASYNC IF NOT EXISTS outbox_failed ON ${schema}.outbox (shard, occurred_at)
        WHERE published_at IS NULL AND dead_at IS NULL AND last_error IS NOT NULL`,
    },
    {
      id: 'antipode-0012-outbox-dead',
      ddl: `CREATE INDEX ASYNC IF NOT EXISTS outbox_dead ON ${schema}.outbox (shard, dead_at)
        WHERE dead_at IS NOT NULL`,
    },
    // Replaced by `outbox_due`.
    {
      id: 'antipode-0013-outbox-unpublished',
      ddl: `DROP INDEX IF EXISTS ${schema}.outbox_unpublished`,
    },
    // A claim is one write of its lane instead of one of each row that it holds.
    {
      id: 'antipode-0014-outbox-lane',
      ddl: `CREATE TABLE IF NOT EXISTS ${schema}.outbox_lane (
        shard smallint NOT NULL,
        origin_region text NOT NULL,
        claims text NOT NULL,
        as_of timestamptz NOT NULL,
        PRIMARY KEY (shard, origin_region))`,
    },
    // A row is there while an ordered consumer has not handled its event. The envelope is a copy:
    // the outbox deletes its own while a consumer may still be behind.
    {
      id: 'antipode-0015-ordered-events',
      ddl: `CREATE TABLE IF NOT EXISTS ${schema}.ordered_events (
        event_id text NOT NULL,
        consumer text NOT NULL,
        subject_key text NOT NULL,
        version bigint NOT NULL,
        place integer NOT NULL,
        envelope text NOT NULL,
        shard smallint NOT NULL,
        recorded_at timestamptz NOT NULL,
        PRIMARY KEY (event_id, consumer))`,
    },
    {
      id: 'antipode-0016-ordered-events-order',
      ddl: `CREATE INDEX ASYNC IF NOT EXISTS ordered_events_order
        ON ${schema}.ordered_events (subject_key, consumer, version, place)`,
    },
    {
      id: 'antipode-0017-ordered-events-expired',
      ddl: `CREATE INDEX ASYNC IF NOT EXISTS ordered_events_expired
        ON ${schema}.ordered_events (shard, recorded_at)`,
    },
  ];
};
