import type { Contender, ContenderOptions, MigrationLeaseSubject } from '../migration-lease.ts';
import type { Wrong } from '../suite.ts';

type Faulty = Wrong<MigrationLeaseSubject>;

/** Faults of a contender's operations, which are made of the right ones. */
const operations =
  (
    change: (
      right: Contender,
      options: ContenderOptions,
      subject: MigrationLeaseSubject,
    ) => Partial<Contender>,
  ): Faulty['apply'] =>
  (subject) => ({
    ...subject,
    contend: (options) => {
      const right = subject.contend(options);
      return { ...right, ...change(right, options, subject) };
    },
  });

/** Faults of a contender that is given other options than its own. */
const options =
  (
    change: (own: ContenderOptions, subject: MigrationLeaseSubject) => ContenderOptions,
  ): Faulty['apply'] =>
  (subject) => ({ ...subject, contend: (own) => subject.contend(change(own, subject)) });

export const wrongMigrationLeases: readonly Faulty[] = [
  {
    fault: 'takes a lease that another migrator holds',
    caughtBy: 'is taken by the first migrator, and by no other while it lasts',
    apply: operations((right, _, { overwrite }) => ({
      take: async (deadline) => {
        await overwrite();
        await right.take(deadline);
      },
    })),
  },
  {
    fault: 'takes a lease that another migrator has taken since it was found free',
    caughtBy: 'goes to the other one of two that have found it free',
    apply: (subject) => ({
      ...subject,
      contend: (own) => {
        const { beforeTake } = own;
        if (!beforeTake) return subject.contend(own);
        const robs = async () => {
          await beforeTake();
          await subject.overwrite();
        };
        return subject.contend({ ...own, beforeTake: robs });
      },
    }),
  },
  {
    fault: 'takes a lease for a second and a half',
    caughtBy: 'lasts 75 seconds from when it is taken',
    apply: operations((right, { owner }, { overwrite }) => ({
      take: async (deadline) => {
        await right.take(deadline);
        await overwrite({ owner, ms: 1_500 });
      },
    })),
  },
  {
    fault: 'never takes a lease over from a migrator that has crashed',
    caughtBy: 'is taken over when its time is over',
    apply: operations((right, { owner }, { lease, overwrite }) => ({
      take: async (deadline) => {
        const held = await lease();
        if (held && held.owner !== owner) await overwrite({ owner: held.owner, ms: 75_000 });
        await right.take(deadline);
      },
    })),
  },
  {
    fault: 'takes its own lease for that of another migrator',
    caughtBy: 'is taken again by its holder, who may have lost the answer',
    apply: operations((_, own, { contend }) => ({
      take: (deadline) => contend({ ...own, owner: crypto.randomUUID() }).take(deadline),
    })),
  },
  {
    fault: 'renews a lease for no longer than it has lasted',
    caughtBy: 'lasts 75 seconds from when it is renewed',
    apply: operations((right, { owner }, { lease, now, overwrite }) => ({
      renew: async (deadline) => {
        const { until = 0 } = (await lease()) ?? {};
        const ms = until - (await now());
        await right.renew(deadline);
        await overwrite({ owner, ms });
      },
    })),
  },
  {
    fault: 'renews a lease that it has never had',
    caughtBy: 'cannot be renewed by somebody who has never had it',
    apply: operations((right, { owner }, { overwrite }) => ({
      renew: async (deadline) => {
        await overwrite({ owner, ms: 1_000 });
        await right.renew(deadline);
      },
    })),
  },
  {
    fault: 'goes on when its lease cannot be renewed',
    caughtBy: 'cannot be renewed when another migrator has taken it over',
    apply: operations((right) => ({
      renew: (deadline) => right.renew(deadline).catch(() => undefined),
    })),
  },
  {
    fault: 'takes a lease that is gone when it renews',
    caughtBy: 'cannot be renewed when another migrator has had it and given it back',
    apply: operations((right) => ({
      renew: (deadline) => right.renew(deadline).catch(() => right.take(deadline)),
    })),
  },
  {
    fault: 'gives up a lease whose time is over though nobody has taken it',
    caughtBy: 'can be renewed after its time when nobody has taken it',
    apply: operations((right, _, { lease, now, overwrite }) => ({
      renew: async (deadline) => {
        const { until = 0 } = (await lease()) ?? {};
        if (until <= (await now())) await overwrite();
        await right.renew(deadline);
      },
    })),
  },
  {
    fault: 'gives back the lease of another migrator',
    caughtBy: 'is given back by its holder only',
    apply: operations((_, __, { overwrite }) => ({ giveBack: () => overwrite() })),
  },
  {
    fault: 'gives nothing back',
    caughtBy: 'is free once its holder has given it back',
    apply: operations(() => ({ giveBack: async () => undefined })),
  },
  {
    fault: 'cannot give a lease back once it is interrupted',
    caughtBy: 'is not renewed by a migrator that was interrupted, who can still give it back',
    apply: operations((right, { signal }) => ({
      giveBack: async (deadline) => {
        signal?.throwIfAborted();
        await right.giveBack(deadline);
      },
    })),
  },
  {
    fault: 'does not know that it is interrupted',
    caughtBy: 'is not waited for any more by a migrator that is interrupted',
    apply: options((own) => ({ ...own, signal: new AbortController().signal })),
  },
  {
    fault: 'waits beyond its deadline',
    caughtBy: 'is waited for up to the deadline, and no longer',
    apply: operations((right) => ({ take: (deadline) => right.take(deadline + 600_000) })),
  },
  {
    fault: 'does not say that it waits',
    caughtBy: 'is looked for every two seconds at last, and its holder and the wait are told',
    apply: options((own) => ({ ...own, onWait: () => undefined })),
  },
  {
    fault: 'has one lease for all schemas',
    caughtBy: 'is one for each schema',
    apply: options((own, { schemas: [one] }) => ({ ...own, schema: one })),
  },
];
