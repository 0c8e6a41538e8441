import type { Outbox } from '../../../src/domain/kernel/index.ts';
import type { RelaySubject } from '../relay.ts';
import type { Wrong } from '../suite.ts';

type Faulty = Wrong<RelaySubject>;
type Deps = Parameters<RelaySubject>[0];

/** Faults of a relay that is made of other parts than its own. */
const parts =
  (change: (deps: Deps) => Partial<Deps>): Faulty['apply'] =>
  (create) =>
  (deps) =>
    create({ ...deps, ...change(deps) });

/** Faults in its use of the outbox. */
const outboxUse = (change: (outbox: Outbox, deps: Deps) => Partial<Outbox>): Faulty['apply'] =>
  parts((deps) => ({ outbox: { ...deps.outbox, ...change(deps.outbox, deps) } }));

const nothing = { published: 0, failed: 0, dead: 0, purged: 0, hasMore: false };

export const wrongRelays: readonly Faulty[] = [
  {
    fault: 'swallows every fault, and reports a run in which nothing was due',
    caughtBy: 'fails with the fault of claim: Unavailable',
    apply: (create) => (deps) => {
      const relay = create(deps);
      return { run: (deadline) => relay.run(deadline).catch(() => nothing) };
    },
  },
  {
    fault: 'takes an unknown outcome of its settlement for a success',
    caughtBy: 'fails with the fault of settle: OutcomeUnknown',
    apply: outboxUse((outbox) => ({
      settle: (...settlement) => outbox.settle(...settlement).catch(() => undefined),
    })),
  },
  {
    fault: 'takes a database that is away for an empty outbox',
    caughtBy: 'fails with the fault of due: Unavailable',
    apply: outboxUse((outbox) => ({ due: (...parts) => outbox.due(...parts).catch(() => []) })),
  },
  {
    fault: 'takes a publisher that fails for a bus that is away',
    caughtBy: 'fails with the error of the publisher',
    apply: parts(({ publisher }) => ({
      publisher: { publish: (...call) => publisher.publish(...call).catch(() => []) },
    })),
  },
  {
    fault: 'says that it has done everything when only its time has ended',
    caughtBy: 'claims nothing any more when a publish has taken its time',
    apply: (create) => (deps) => ({
      run: async (deadline) => ({ ...(await create(deps).run(deadline)), hasMore: false }),
    }),
  },
  {
    fault: 'does not count dead events',
    caughtBy: 'reports the dead events in every run, and warns in the one that has given them up',
    apply: parts(({ metrics }) => ({
      metrics: {
        add: (name, value) => {
          if (name !== 'OutboxDead') metrics.add(name, value);
        },
      },
    })),
  },
  {
    fault: 'counts the dead events of its own run only',
    caughtBy: 'reports the dead events in every run, and warns in the one that has given them up',
    apply: (create) => (deps) => {
      const add: Deps['metrics']['add'] = (name, value) => {
        if (name !== 'OutboxDead') deps.metrics.add(name, value);
      };
      const relay = create({ ...deps, metrics: { add } });
      return {
        run: async (deadline) => {
          const report = await relay.run(deadline);
          deps.metrics.add('OutboxDead', report.dead);
          return report;
        },
      };
    },
  },
  {
    fault: 'gives events up and does not warn',
    caughtBy: 'reports the dead events in every run, and warns in the one that has given them up',
    apply: parts(({ logger }) => ({ logger: { ...logger, warn: () => undefined } })),
  },
  {
    fault: 'owns rows by the same name in every run',
    caughtBy: 'leaves a row alone in a late run whose lease another run has taken over',
    apply: parts(() => ({ ids: { uuid: () => 'relay' } })),
  },
  {
    fault: 'holds a row for less time than a publish takes',
    caughtBy: 'holds a row for a minute, which is longer than a publish takes',
    apply: outboxUse((outbox) => ({
      claim: (claim) => outbox.claim({ ...claim, leaseMs: 1_500 }),
    })),
  },
  {
    fault: 'holds the rows of a crashed relay for an hour',
    caughtBy: 'takes a row of a relay that has crashed after a minute',
    apply: outboxUse((outbox) => ({
      claim: (claim) => outbox.claim({ ...claim, leaseMs: 3_600_000 }),
    })),
  },
  {
    fault: 'takes over the rows of another Region at once',
    caughtBy: 'takes over the rows of another Region when they are old enough to be forgotten',
    apply: outboxUse((outbox) => ({
      claim: ({ ageMsMin: _, ...claim }) => outbox.claim(claim),
    })),
  },
  {
    fault: 'leaves its own rows alone until they are old enough to be taken over',
    caughtBy: 'publishes what commands have left behind, once',
    apply: outboxUse((outbox, { takeoverAgeMs }) => ({
      claim: (claim) => outbox.claim({ ...claim, ageMsMin: takeoverAgeMs }),
    })),
  },
  {
    fault: 'deletes the rows of another Region',
    caughtBy: 'leaves the rows of another Region to its relay, which may be deleting them now',
    apply: outboxUse((outbox) => ({
      expired: (_, ...asked) => outbox.expired('us-east-1', ...asked),
      purge: (purge) => outbox.purge({ ...purge, origin: 'us-east-1' }),
    })),
  },
  {
    fault: 'settles every event of a request by one result',
    caughtBy: 'settles each event of a request by its own result',
    apply: parts(({ publisher }) => ({
      publisher: {
        publish: async (...call) => {
          const results = await publisher.publish(...call);
          const failed = results.find(({ ok }) => !ok);
          return results.map((result) => failed ?? result);
        },
      },
    })),
  },
  {
    fault: 'tries an event again at once',
    caughtBy: 'waits longer after each failure',
    apply: parts(() => ({ random: { next: () => 0 } })),
  },
  {
    fault: 'never gives an event up',
    caughtBy: 'gives an event up after sixty attempts, visibly, until a person redrives it',
    apply: outboxUse((outbox) => ({
      settle: (owner, published, failed) =>
        outbox.settle(
          owner,
          published,
          failed.map((failure) => ({ ...failure, retryInMs: failure.retryInMs ?? 1_000 })),
        ),
    })),
  },
  {
    fault: 'goes on after its deadline',
    caughtBy: 'claims nothing any more when a publish has taken its time',
    apply: (create) => (deps) => {
      const relay = create(deps);
      return { run: (deadline) => relay.run(deadline + 3_600_000) };
    },
  },
];
