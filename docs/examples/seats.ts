import {
  accept,
  type Decision,
  type DomainEvent,
  defineService,
  type RunContext,
  refuse,
  type WorkRunner,
} from 'antipode/domain';
import { number, object, string } from 'valibot';
import { migrations, type Show } from './shows.ts';

type Reserve = { readonly id: string; readonly show: string; readonly seats: number };
type SeatsReserved = DomainEvent<'SeatsReserved', Omit<Reserve, 'id'>, 1>;

/**
 * The service, declared once. An event that its readers or the bus would refuse is not committed.
 */
export const box = defineService({
  name: 'box',
  source: 'shop.box',
  schema: 'box',
  migrations,
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
