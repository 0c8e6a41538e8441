import { expect } from 'vitest';
import type {
  LeaseHolder,
  MigrationLease,
} from '../../src/adapters/dsql/migration/migration-lease.ts';
import { collectCases, type Suite } from './suite.ts';

export type ContenderOptions = {
  readonly owner: string;
  /** The schema of the test unless given. */
  readonly schema?: string;
  readonly signal?: AbortSignal;
  /** Hears of the holder before each sleep. */
  readonly onWait?: (holder: LeaseHolder, waitedMs: number) => void;
  /** Runs at the end of each sleep, which takes no time. */
  readonly onSleep?: (ms: number) => unknown;
  /** Runs once, after a contender has found the lease free and before it takes it. */
  readonly beforeTake?: () => unknown;
};

/** One migrator, whose clock stands still while it does not sleep. */
export type Contender = MigrationLease & {
  /** The time of its clock, in milliseconds since the epoch. */
  readonly now: () => number;
};

export type MigrationLeaseSubject = {
  /** The schema of the test, and another one. */
  readonly schemas: readonly [string, string];
  /** A migrator with a connection of its own. */
  readonly contend: (options: ContenderOptions) => Contender;
  /** The row of the schema's lease; `until` in milliseconds since the epoch, to a microsecond. */
  readonly lease: (
    schema?: string,
  ) => Promise<{ readonly owner: string; readonly until: number } | undefined>;
  /** The database's clock, as `until`. */
  readonly now: () => Promise<number>;
  /** Lets so many milliseconds pass for the lease. */
  readonly pass: (ms: number) => Promise<void>;
  /** Changes the row as nobody may; without it there is none. */
  readonly overwrite: (row?: { readonly owner: string; readonly ms: number }) => Promise<void>;
};

/** Milliseconds for which nobody else may take a lease. */
const leaseMs = 75_000;

/** More time than any case takes, in milliseconds. */
const enoughMs = 600_000;

/** Sleeps after which a case is given up, since the lease does not become free. */
const sleepsMax = 20;

/** The wait of a contender that is refused after its first look, in milliseconds. */
const firstLookMs = 100;

/**
 * The suite of a migration lease that several migrators ask for. Each test starts without a row.
 */
export const migrationLeaseContract = (
  createSubject: () => Promise<MigrationLeaseSubject>,
): Suite =>
  collectCases(({ beforeEach, it }) => {
    let subject: MigrationLeaseSubject;

    beforeEach(async () => {
      subject = await createSubject();
    });

    const contender = (owner: string, options: Omit<ContenderOptions, 'owner'> = {}) => {
      let sleeps = 0;
      const onSleep = (ms: number): unknown => {
        sleeps += 1;
        if (sleeps > sleepsMax) throw new Error(`${owner} still waits`);
        return options.onSleep?.(ms);
      };
      const made = subject.contend({ owner, ...options, onSleep });
      const later = (ms = enoughMs): number => made.now() + ms;
      return {
        take: (ms?: number) => made.take(later(ms)),
        renew: () => made.renew(later()),
        giveBack: () => made.giveBack(later()),
      };
    };

    const holder = async (schema?: string) => (await subject.lease(schema))?.owner;

    /** Proves that the lease ends `leaseMs` after `change`, by the database's clock. */
    const expectFullLease = async (change: () => Promise<void>): Promise<void> => {
      const before = await subject.now();
      await change();
      const after = await subject.now();
      const until = (await subject.lease())?.until;
      expect(until).toBeGreaterThanOrEqual(before + leaseMs);
      expect(until).toBeLessThanOrEqual(after + leaseMs);
    };

    /** Somebody who looks once, and is refused. */
    const expectRefused = async (owner: string, holderName: string): Promise<void> => {
      const refused = contender(owner).take(firstLookMs);
      await expect(refused).rejects.toMatchObject({
        kind: 'Unavailable',
        message: expect.stringContaining(`${holderName} has the lease`),
      });
    };

    it('is taken by the first migrator, and by no other while it lasts', async () => {
      await contender('first').take();
      await expectRefused('second', 'first');
      expect(await holder()).toBe('first');
    });

    it('lasts 75 seconds from when it is taken', async () => {
      await expectFullLease(() => contender('first').take());
    });

    it('lasts 75 seconds from when it is renewed', async () => {
      const first = contender('first');
      await first.take();
      await subject.pass(40_000);
      await expectFullLease(() => first.renew());
    });

    it('lasts 75 seconds from when it is taken over', async () => {
      await contender('first').take();
      await subject.pass(leaseMs);
      await expectFullLease(() => contender('second').take());
    });

    it('is taken over when its time is over', async () => {
      await contender('crashed').take();
      await subject.pass(leaseMs);
      await contender('second').take(firstLookMs);
      expect(await holder()).toBe('second');
      await expectRefused('third', 'second');
    });

    it('is taken again by its holder, who may have lost the answer', async () => {
      const first = contender('first');
      await first.take();
      await subject.pass(40_000);
      await expectFullLease(() => first.take(firstLookMs));
    });

    it('is free once its holder has given it back', async () => {
      const first = contender('first');
      await first.take();
      await first.giveBack();
      expect(await subject.lease()).toBeUndefined();
      await contender('second').take(firstLookMs);
    });

    it('is given back by its holder only', async () => {
      await contender('first').take();
      await contender('second').giveBack();
      await expectRefused('third', 'first');
    });

    it('stays with its new holder when the former one gives it back late', async () => {
      const late = contender('late');
      await late.take();
      await subject.pass(leaseMs);
      await contender('second').take();
      await late.giveBack();
      await expectRefused('third', 'second');
    });

    it('cannot be renewed by somebody who has never had it', async () => {
      await contender('first').take();
      const before = await subject.lease();
      await expect(contender('second').renew()).rejects.toMatchObject({ name: 'LeaseLost' });
      expect(await subject.lease()).toEqual(before);
    });

    it('cannot be renewed when another migrator has taken it over', async () => {
      const frozen = contender('frozen');
      await frozen.take();
      await subject.pass(leaseMs);
      await contender('second').take();
      const before = await subject.lease();
      await expect(frozen.renew()).rejects.toMatchObject({ name: 'LeaseLost' });
      expect(await subject.lease()).toEqual(before);
    });

    it('cannot be renewed when another migrator has had it and given it back', async () => {
      const frozen = contender('frozen');
      await frozen.take();
      await subject.pass(leaseMs);
      const second = contender('second');
      await second.take();
      await second.giveBack();
      await expect(frozen.renew()).rejects.toMatchObject({ name: 'LeaseLost' });
      expect(await subject.lease()).toBeUndefined();
    });

    it('can be renewed after its time when nobody has taken it', async () => {
      const slow = contender('slow');
      await slow.take();
      await subject.pass(2 * leaseMs);
      await expectFullLease(() => slow.renew());
      await expectRefused('second', 'slow');
    });

    it('goes to the other one of two that have found it free', async () => {
      const told: LeaseHolder[] = [];
      const beaten = contender('beaten', {
        beforeTake: () => contender('quick').take(),
        onWait: (other) => told.push(other),
      });
      await expect(beaten.take(2 * firstLookMs)).rejects.toThrow('quick has the lease');
      expect(await holder()).toBe('quick');
      // It has looked again before it could say for whom it waits.
      expect(told).toEqual([]);
    });

    it('goes to the other one of two that have found its time over', async () => {
      await contender('crashed').take();
      await subject.pass(leaseMs);
      const beaten = contender('beaten', { beforeTake: () => contender('quick').take() });
      await expect(beaten.take(2 * firstLookMs)).rejects.toThrow('quick has the lease');
      expect(await holder()).toBe('quick');
    });

    it('is waited for until it is given back', async () => {
      const first = contender('first');
      await first.take();
      const slept: number[] = [];
      await contender('second', {
        onSleep: async (ms) => {
          slept.push(ms);
          if (slept.length === 3) await first.giveBack();
        },
      }).take();
      expect(slept).toEqual([100, 200, 400]);
      expect(await holder()).toBe('second');
    });

    it('is looked for every two seconds at last, and its holder and the wait are told', async () => {
      const first = contender('first');
      await first.take();
      const { until } = (await subject.lease()) ?? { until: Number.NaN };
      const slept: number[] = [];
      const told: (readonly [LeaseHolder, number])[] = [];
      await contender('second', {
        onWait: (other, waitedMs) => told.push([other, waitedMs]),
        onSleep: async (ms) => {
          slept.push(ms);
          if (slept.length === 7) await first.giveBack();
        },
      }).take();
      expect(slept).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
      expect(told.map(([, waitedMs]) => waitedMs)).toEqual([0, 100, 300, 700, 1_500, 3_100, 5_100]);
      const shownUntil = `${new Date(until).toISOString().slice(0, 19)}Z`;
      for (const [other] of told) expect(other).toEqual({ owner: 'first', until: shownUntil });
    });

    it('is not told of to a migrator that has not waited', async () => {
      let told = 0;
      const onWait = () => {
        told += 1;
      };
      await contender('first', { onWait }).take();
      expect(told).toBe(0);
    });

    it('is waited for up to the deadline, and no longer', async () => {
      await contender('first').take();
      const slept: number[] = [];
      const waiting = contender('second', { onSleep: (ms) => slept.push(ms) });
      await expect(waiting.take(701)).rejects.toMatchObject({
        kind: 'Unavailable',
        message: expect.stringMatching(
          /^Another migration is under way: first has the lease until/,
        ),
      });
      expect(slept).toEqual([100, 200, 400]);
    });

    it('is only looked at by a migrator that waits, whose writes would meet the renewals', async () => {
      await contender('first').take();
      let writes = 0;
      const beforeTake = () => {
        writes += 1;
      };
      await expect(contender('second', { beforeTake }).take(701)).rejects.toThrow('first has');
      expect(writes).toBe(0);
    });

    it('is not waited for when the wait would end at the deadline', async () => {
      await contender('first').take();
      const slept: number[] = [];
      const waiting = contender('second', { onSleep: (ms) => slept.push(ms) });
      await expect(waiting.take(300)).rejects.toThrow('first has the lease');
      expect(slept).toEqual([100]);
    });

    it('is not taken by a migrator that was interrupted', async () => {
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(contender('first', { signal }).take()).rejects.toThrow('enough');
      expect(await subject.lease()).toBeUndefined();
    });

    it('is not waited for any more by a migrator that is interrupted', async () => {
      await contender('first').take();
      const interrupted = new AbortController();
      const onSleep = () => interrupted.abort(new Error('enough'));
      const waiting = contender('second', { signal: interrupted.signal, onSleep });
      await expect(waiting.take()).rejects.toThrow('enough');
      expect(await holder()).toBe('first');
    });

    it('is not renewed by a migrator that was interrupted, who can still give it back', async () => {
      const interrupted = new AbortController();
      const first = contender('first', { signal: interrupted.signal });
      await first.take();
      const before = await subject.lease();
      interrupted.abort(new Error('enough'));
      await expect(first.renew()).rejects.toThrow('enough');
      expect(await subject.lease()).toEqual(before);
      await first.giveBack();
      expect(await subject.lease()).toBeUndefined();
    });

    it('is one for each schema', async () => {
      const [one, other] = subject.schemas;
      await contender('first').take();
      const second = contender('second', { schema: other });
      await second.take(firstLookMs);
      expect([await holder(one), await holder(other)]).toEqual(['first', 'second']);
      await contender('first', { schema: other }).giveBack();
      expect(await holder(other)).toBe('second');
    });
  });
