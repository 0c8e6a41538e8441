import { afterAll, beforeAll } from 'vitest';
import {
  commandContract,
  consumersContract,
  createTestService,
  startTestDatabase,
  type TestConsumers,
  type TestDatabase,
  type TestRegion,
  type TestService,
} from '../../../src/testing/index.ts';
import { describeSuite, refusesWrong, type Wrong } from '../../contracts/suite.ts';
import { postgresUrl } from '../../support/postgres-url.ts';
import {
  type Booking,
  booking,
  countSeats,
  createReserve,
  noShow,
  occupancy,
  type Reserve,
  shows,
} from '../booking.ts';

type Send = (
  region: TestRegion<Booking>,
  key: string,
  command: Reserve,
) => ReturnType<ReturnType<typeof createReserve>>;
type Tables = { readonly 'booking.shows': { id: string; free: number; version: number } };

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(booking, { postgres: postgresUrl() });
});
afterAll(() => database.stop());

const consumers: TestConsumers<Booking> = {
  occupancy: ({ runner, region }) => countSeats(runner(occupancy), region),
  notices:
    ({ runner }) =>
    (_event, run) =>
      runner(shows).run({
        ...run,
        decide: () => ({ accepted: true, state: noShow, events: [], result: null }),
      }),
};

const open = async (given: TestConsumers<Booking> = consumers): Promise<TestService<Booking>> => {
  const service = createTestService(booking, database, { consumers: given });
  await service.reset();
  const shown = ['hamlet', 'macbeth'].map((id) => ({ id, free: 99, version: 0 }));
  await database.primary.db<Tables>().insertInto('booking.shows').values(shown).execute();
  return service;
};

const send: Send = ({ runner, run }, key, command) =>
  createReserve(runner(shows))(key, command, run());
const command = { show: 'hamlet', seats: 2 };
const examples = { createSubject: open, command, others: { show: 'macbeth', seats: 3 } };

describeSuite('command: reserve', commandContract({ ...examples, send }));

const sending = (change: (key: string, command: Reserve) => { key: string; print: string }) => {
  const wrong: Send = ({ runner, run }, key, command) => {
    const changed = change(key, command);
    const real = runner(shows);
    const printing: typeof real = {
      run: (work) => {
        const { key, print: fingerprint } = changed;
        return real.run({ ...work, once: { kind: 'command', key, fingerprint } });
      },
    };
    return createReserve(printing)(key, command, run());
  };
  return () => wrong;
};

const once = 'takes effect once, and answers the same in either Region';
const wrongCommands: readonly Wrong<Send>[] = [
  {
    fault: 'makes a key of its own',
    caughtBy: once,
    apply: sending((_, command) => ({ key: crypto.randomUUID(), print: JSON.stringify(command) })),
  },
  {
    fault: 'makes a key of its own, many times at once',
    caughtBy: 'takes effect once when it comes many times at once in both Regions',
    apply: sending((_, command) => ({ key: crypto.randomUUID(), print: JSON.stringify(command) })),
  },
  {
    fault: 'has more than its content in the fingerprint',
    caughtBy: once,
    apply: sending((key) => ({ key, print: crypto.randomUUID() })),
  },
  {
    fault: 'lacks its content in the fingerprint',
    caughtBy: 'refuses another seats under its key, without effect',
    apply: sending((key) => ({ key, print: 'reserve' })),
  },
  {
    fault: 'lacks one field of its content in the fingerprint',
    caughtBy: 'refuses another show under its key, without effect',
    apply: sending((key, { seats }) => ({ key, print: `${seats}` })),
  },
  {
    fault: 'takes the content for the key',
    caughtBy: 'refuses another seats under its key, without effect',
    apply: sending((_, { seats }) => ({ key: `${seats}`, print: `${seats}` })),
  },
  {
    fault: 'has one key for all',
    caughtBy: 'takes effect with another seats under a key of its own',
    apply: sending((_, { seats }) => ({ key: 'reserve', print: `${seats}` })),
  },
];

refusesWrong(
  'a command must not do',
  wrongCommands,
  (create) => {
    const trying: Send = async (...sent) => (await create())(...sent);
    return commandContract({ ...examples, send: trying });
  },
  async () => send,
);

const opened = (given?: TestConsumers<Booking>) => async () => {
  const service = await open(given);
  await send(service.primary, crypto.randomUUID(), command);
  await send(service.secondary, crypto.randomUUID(), command);
  return service;
};

describeSuite('consumers: booking', consumersContract({ createSubject: opened() }));

const wrongConsumers: readonly Wrong<TestConsumers<Booking>>[] = [
  {
    fault: 'take an event for another one when it comes again',
    caughtBy: 'let an event take effect once that comes again',
    apply: (right) => ({
      ...right,
      occupancy: (parts) => {
        const use = right.occupancy(parts);
        return (event, run) =>
          use(event, { ...run, once: { ...run.once, eventId: crypto.randomUUID() } });
      },
    }),
  },
  {
    fault: 'handle the event of another consumer',
    caughtBy: 'let an event take effect once that comes again',
    apply: (right) => {
      const one =
        <Event, Run extends { once: object }, Answer>(use: (event: Event, run: Run) => Answer) =>
        (event: Event, run: Run) =>
          use(event, { ...run, once: { ...run.once, consumer: 'any' } });
      return {
        occupancy: (parts) => one(right.occupancy(parts)),
        notices: (parts) => one(right.notices(parts)),
      };
    },
  },
];

refusesWrong(
  'consumers must not do',
  wrongConsumers,
  (create) => consumersContract({ createSubject: async () => opened(await create())() }),
  async () => consumers,
);
