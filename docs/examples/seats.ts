import {
  accept,
  type Decision,
  type DomainEvent,
  defineService,
  type RunContext,
  refuse,
  type WorkRunner,
} from 'antipode/domain';
import { type DsqlRepository, statement } from 'antipode/dsql';
import { number, object, string } from 'valibot';

type Show = { readonly id: string; readonly free: number; readonly version: number };
/** A row as it is read. A `bigint` comes as text, since a number would lose digits. */
type ShowRow = { readonly id: string; readonly free: string; readonly version: string };
type Reserve = { readonly id: string; readonly show: string; readonly seats: number };
type SeatsReserved = DomainEvent<'SeatsReserved', Omit<Reserve, 'id'>, 1>;

/**
 * The service, declared once. An event that its readers or the bus would refuse is not committed.
 */
export const box = defineService({
  name: 'box',
  source: 'shop.box',
  schema: 'box',
  migrations: [
    {
      id: 'box-0001-shows',
      ddl: 'CREATE TABLE box.shows (id text PRIMARY KEY, free bigint NOT NULL, version bigint NOT NULL)',
    },
  ],
  events: {
    SeatsReserved: { version: 1, schema: object({ show: string(), seats: number() }) },
  },
  consumers: {},
});

/** A pure function of the state and the command. Its tests need no database. */
export const decideReserve = (
  show: Show,
  { seats }: Reserve,
): Decision<Show, { left: number }, SeatsReserved, 'SoldOut'> => {
  if (seats > show.free) return refuse('SoldOut', `${show.free} seats are left`);
  const changed = { ...show, free: show.free - seats, version: show.version + 1 };
  const event: SeatsReserved = {
    type: 'SeatsReserved',
    schemaVersion: 1,
    subject: show.id,
    aggregateVersion: changed.version,
    data: { show: show.id, seats },
  };
  return accept({ state: changed, events: [event], result: { left: changed.free } });
};

/**
 * Loads and saves a show. The unit of work adds the event and the idempotency record, and sends all
 * at once.
 */
export const shows: DsqlRepository<{ readonly id: string }, Show, [ShowRow]> = {
  empty: { id: '', free: 0, version: 0 },
  load: ({ id }) => [
    statement<ShowRow>('SELECT id, free, version FROM box.shows WHERE id = $1', id),
  ],
  toState: ([[row]]) =>
    row ? { id: row.id, free: Number(row.free), version: Number(row.version) } : shows.empty,
  save: ({ id, free, version }) => [
    statement('UPDATE box.shows SET free = $2, version = $3 WHERE id = $1', id, free, version),
  ],
};

/**
 * Takes effect once per id, however often it is sent, in whichever Region; another request under
 * that id is refused.
 */
export const reserve =
  (office: WorkRunner<{ readonly id: string }, Show, SeatsReserved>) =>
  (command: Reserve, run: RunContext) => {
    const { id: key, show, seats } = command;
    return office.run({
      ...run,
      once: { kind: 'command', key, fingerprint: JSON.stringify(['reserve', show, seats]) },
      load: { id: show },
      decide: (state) => decideReserve(state, command),
    });
  };
