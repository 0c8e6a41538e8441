import type { EventEnvelope, OrderedEvents, Retrier } from '../../../../domain/kernel/index.ts';
import {
  addedEvents,
  type OrderedConsumersOf,
  type OrderedOnce,
} from '../../../../domain/kernel/work/ordered-events.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import { removeOrdered } from '../../transaction/idempotency-records.ts';
import { query } from '../../transaction/query.ts';
import { digest, recordShard } from '../../transaction/record-key.ts';
import { quoteIdentifier, type Row, type Statement, statement } from '../../wire/statement.ts';
import { rowLimit } from '../statement-texts.ts';

/** The key of a subject begins with random characters, so its rows are anywhere in the table. */
const insertInto = (schema: string): string => `INSERT INTO ${schema}.ordered_events
    (subject_key, consumer, version, place, event_id, envelope, shard, recorded_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, now())`;

const selectBefore = (
  schema: string,
  rowsMax: number,
): string => `SELECT version, event_id, envelope FROM ${schema}.ordered_events
    WHERE subject_key = $1 AND consumer = $2 AND version <= $3
    ORDER BY subject_key, consumer, version, place LIMIT ${rowLimit(rowsMax)}`;

/** A value that no catalogue takes, for the text of a row that a person has changed. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const onceOf = ({ consumer, order: { subject } }: OrderedOnce, row: Row): OrderedOnce => ({
  kind: 'event',
  consumer,
  eventId: String(row['event_id']),
  order: { subject, version: Number(row['version']) },
});

/**
 * The rows of events for ordered consumers, for the transaction that commits the events. It stands
 * apart, since a function of commands does nothing else with them.
 */
export const orderedInsert = (schemaName: string, consumersOf: OrderedConsumersOf) => {
  const sql = insertInto(quoteIdentifier(schemaName));
  return (events: readonly EventEnvelope[]): readonly Statement[] =>
    addedEvents(consumersOf, events).map(({ consumer, event, place }) => {
      const { id, subject, aggregateversion } = event;
      const key = [digest(subject), consumer, aggregateversion, place, id];
      return statement(sql, ...key, JSON.stringify(event), recordShard(digest(id)));
    });
};

/** Creates the events that wait for ordered consumers on DSQL. */
export const createDsqlOrderedEvents = (deps: {
  readonly connections: ConnectionPool;
  /** Holds the records of the service. */
  readonly schema: string;
  readonly retrier: Retrier;
}): OrderedEvents => {
  const { connections, retrier } = deps;
  const schema = quoteIdentifier(deps.schema);
  const remove = removeOrdered(schema);

  return {
    before: (once, eventsMax, deadline) =>
      retrier.run(async () => {
        const { consumer, eventId, order } = once;
        const text = selectBefore(schema, eventsMax);
        const one = statement(text, digest(order.subject), consumer, order.version);
        const { rows } = await query(connections, one, { deadline, writes: false });
        const own = rows.findIndex((row) => row['event_id'] === eventId);
        return rows.slice(0, own === -1 ? rows.length : own).map((row) => ({
          once: onceOf(once, row),
          wire: parsed(String(row['envelope'])),
        }));
      }, deadline),
    remove: async (once, deadline) => {
      await retrier.run(
        () => query(connections, remove(once), { deadline, writes: true }),
        deadline,
      );
    },
  };
};
