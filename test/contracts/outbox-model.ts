import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EventEnvelope } from '../../src/domain/kernel/index.ts';
import { outboxShard } from '../../src/domain/kernel/outbox/outbox.ts';
import {
  counted,
  minuteMs,
  type OutboxSubject,
  outboxWindows,
  soon,
} from '../../src/testing/contracts/outbox/outbox-subject.ts';
import { anEvent } from '../support/counter.ts';
import {
  type Origin,
  origins,
  owners,
  type Step,
  shards,
  steps,
  takeoverMinutes,
} from './outbox-model-steps.ts';

/** A failure is made smaller for so long; a run that has none takes a fifth of it. Milliseconds. */
const timeMsMax = 15_000;

/** Steps between two looks at the status, which take most of the time on DSQL. */
const checkEvery = 4;
/** A row as it has to be. Times are minutes of the model. */
type ModelRow = {
  readonly event: EventEnvelope;
  readonly occurredAt: number;
  state: 'waiting' | 'published' | 'dead';
  dueAt: number;
  /** Its place in its lane; a row that a relay holds keeps it. */
  place: number;
  owner: string | undefined;
  attempts: number;
  hasFailed: boolean;
};

const graceMinutes = outboxWindows.graceMs / minuteMs;
const replayMinutes = outboxWindows.replayWindowMs / minuteMs;

const byDueTime = (one: ModelRow, other: ModelRow) => one.dueAt - other.dueAt;
const dueTimes = (rows: readonly ModelRow[]) =>
  rows.map(({ dueAt }) => dueAt).toSorted((a, b) => a - b);

/** A model of the outbox. After each step, the outbox must hold the same rows. */
class OutboxModel {
  readonly rows = new Map<string, ModelRow>();
  minute = 0;
  readonly subject: OutboxSubject;

  constructor(subject: OutboxSubject) {
    this.subject = subject;
  }

  all(): readonly ModelRow[] {
    return [...this.rows.values()];
  }

  lane(shard: number, origin: string, state: ModelRow['state']): readonly ModelRow[] {
    return this.all()
      .filter((row) => row.state === state && row.event.originregion === origin)
      .filter(({ event, dueAt }) => outboxShard(event.id) === shard && dueAt <= this.minute)
      .toSorted(byDueTime);
  }

  publish(row: ModelRow): void {
    Object.assign(row, {
      state: 'published',
      owner: undefined,
      dueAt: this.minute + replayMinutes,
    });
  }

  async insert({ count, shard, origin, ageMinutes }: Extract<Step, { kind: 'insert' }>) {
    const time = new Date(this.subject.now() - ageMinutes * minuteMs).toISOString();
    const events = Array.from({ length: count }, () => ({
      ...anEvent(),
      id: `${shard.toString(16)}${crypto.randomUUID().slice(1)}`,
      originregion: origin,
      time,
    }));
    await this.subject.insert(events);
    for (const event of events) {
      this.rows.set(event.id, {
        event,
        occurredAt: this.minute - ageMinutes,
        state: 'waiting',
        dueAt: this.minute + graceMinutes,
        place: this.minute + graceMinutes,
        owner: undefined,
        attempts: 0,
        hasFailed: false,
      });
    }
  }

  async claim(step: Omit<Extract<Step, { kind: 'claim' }>, 'settled'>) {
    const { owner, shard, origin, isTakeover, leaseMinutes, rowsMax } = step;
    const claimed = await this.subject.outbox.claim({
      ...{ owner, shard, origin, rowsMax },
      leaseMs: leaseMinutes * minuteMs,
      ...(isTakeover ? { ageMsMin: takeoverMinutes * minuteMs } : {}),
    });
    const isOld = ({ occurredAt }: ModelRow) =>
      !isTakeover || occurredAt <= this.minute - takeoverMinutes;
    const due = this.lane(shard, origin, 'waiting');
    // A claim ends those of its lane whose leases are over.
    for (const row of due) Object.assign(row, { owner: undefined, place: row.dueAt });
    const rows = claimed.map(({ event }) => {
      const row = this.rows.get(event.id);
      if (!row) throw new Error('a claimed row that is not there');
      return row;
    });
    for (const row of rows) expect(due.includes(row) && isOld(row)).toBe(true);
    // Rows that are due since the same time may come in any order, and some of them are old enough.
    const latest = due[Math.min(rowsMax, due.length) - 1]?.dueAt ?? 0;
    const certain = due.filter((row) => row.dueAt < latest && isOld(row));
    const possible = due.filter((row) => row.dueAt <= latest && isOld(row));
    for (const row of certain) expect(rows).toContain(row);
    for (const row of rows) expect(possible).toContain(row);
    if (!isTakeover) expect(dueTimes(rows)).toEqual(dueTimes(due.slice(0, rowsMax)));
    for (const [at, row] of rows.entries()) {
      Object.assign(row, { owner, dueAt: this.minute + leaseMinutes, attempts: row.attempts + 1 });
      expect(claimed[at]).toEqual({ event: row.event, attempts: row.attempts });
    }
  }

  async settle({ owner, fates }: Extract<Step, { kind: 'settle' }>) {
    const withFate = (...those: readonly string[]) =>
      this.all().filter((_, at) => those.includes(fates[at % fates.length] ?? ''));
    const minutes = { retry: 0, 'retry later': 5, dead: undefined };
    const published = withFate('published');
    const failed = (['retry', 'retry later', 'dead'] as const).flatMap((fate) =>
      withFate(fate).map((row) => ({ row, retryIn: minutes[fate] })),
    );
    await this.subject.outbox.settle(
      owner,
      published.map(({ event }) => event.id),
      failed.map(({ row, retryIn }) => ({
        eventId: row.event.id,
        reason: 'failed',
        retryInMs: retryIn === undefined ? undefined : retryIn * minuteMs,
      })),
    );
    const isOwn = (row: ModelRow) => row.owner === owner;
    for (const row of published.filter(isOwn)) this.publish(row);
    for (const { row, retryIn } of failed.filter(({ row }) => isOwn(row))) {
      Object.assign(row, { owner: undefined, hasFailed: true });
      if (retryIn === undefined) row.state = 'dead';
      else Object.assign(row, { dueAt: this.minute + retryIn, place: this.minute + retryIn });
    }
  }

  async markOrRedrive({ kind, picks }: Extract<Step, { kind: 'mark' | 'redrive' }>) {
    const rows = this.all().filter((_, at) => picks[at % picks.length]);
    const ids = rows.map(({ event }) => event.id);
    if (kind === 'mark') {
      await this.subject.outbox.markPublished(ids);
      for (const row of rows.filter(({ state }) => state !== 'published')) this.publish(row);
      return;
    }
    const dead = rows.filter(({ state }) => state === 'dead');
    expect(await this.subject.outbox.redrive(ids)).toBe(dead.length);
    for (const row of dead) {
      Object.assign(row, {
        ...{ state: 'waiting', attempts: 0 },
        ...{ dueAt: this.minute, place: this.minute },
      });
    }
  }

  async purge({ shard, origin, rowsMax }: Extract<Step, { kind: 'purge' }>) {
    const over = this.lane(shard, origin, 'published');
    const purge = { shard, origin, rowsMax, deadline: soon() };
    expect(await this.subject.outbox.purge(purge)).toBe(Math.min(rowsMax, over.length));
    // Which of several that are over since the same time is not said, and nothing tells it before
    // they all are.
    if (over.length <= rowsMax) for (const { event } of over) this.rows.delete(event.id);
    else {
      const left = await this.subject.outbox.purge({ ...purge, rowsMax: over.length });
      expect(left).toBe(over.length - rowsMax);
      for (const { event } of over) this.rows.delete(event.id);
    }
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'insert':
        return this.insert(step);
      case 'claim':
        await this.claim(step);
        if (step.settled) await this.settle({ ...step, kind: 'settle', fates: step.settled });
        return;
      case 'settle':
        return this.settle(step);
      case 'mark':
      case 'redrive':
        return this.markOrRedrive(step);
      case 'purge':
        return this.purge(step);
      case 'advance':
        await this.subject.advance(step.minutes * minuteMs);
        this.minute += step.minutes;
    }
  }

  /**
   * A row that has failed, or is first in its lane, is not older than is said; and some row is so
   * old.
   */
  checkAge(minutes: number, waiting: readonly ModelRow[]): void {
    const ages = (rows: readonly ModelRow[]) =>
      rows.map(({ occurredAt }) => this.minute - occurredAt);
    const lanes = Map.groupBy(
      waiting,
      ({ event }) => `${event.id.charAt(0)} ${event.originregion}`,
    );
    const firsts = [...lanes.values()].map((rows) => {
      const first = Math.min(...rows.map(({ place }) => place));
      return Math.min(...ages(rows.filter(({ place }) => place === first)));
    });
    const known = Math.max(0, ...firsts, ...ages(waiting.filter(({ hasFailed }) => hasFailed)));
    expect(minutes).toBeGreaterThan(known - 0.5);
    expect(minutes).toBeLessThan(Math.max(0, ...ages(waiting)) + 0.5);
  }

  async check(): Promise<void> {
    const waiting = this.all().filter(({ state }) => state === 'waiting');
    const dead = this.all().filter(({ state }) => state === 'dead');
    const status = await this.subject.outbox.status();
    expect(status.pending).toEqual(counted(waiting.length));
    expect(status.dead).toEqual(counted(dead.length));
    this.checkAge(status.oldestAgeMs / minuteMs, waiting);
    const lanes = new Set(
      waiting
        .filter(({ dueAt }) => dueAt <= this.minute)
        .map(({ event }) => `${outboxShard(event.id)} ${event.originregion}`),
    );
    const due = await this.subject.outbox.due([...shards], soon());
    expect(due.map(({ shard, origin }) => `${shard} ${origin}`).toSorted()).toEqual(
      [...lanes].toSorted(),
    );
  }

  async eachLane(work: (shard: number, origin: Origin) => Promise<void>): Promise<void> {
    for (const shard of shards) {
      for (const origin of origins) await work(shard, origin);
    }
  }

  async advance(minutes: 15 | 30): Promise<void> {
    await this.subject.advance(minutes * minuteMs);
    this.minute += minutes;
  }

  /** However it went: relays of both Regions publish all that waits, and no more. */
  async drain(): Promise<void> {
    await this.advance(30);
    const [owner = ''] = owners;
    await this.eachLane(async (shard, origin) => {
      const isTakeover = origin !== origins[0];
      const claim = { kind: 'claim', owner, shard, origin, isTakeover } as const;
      for (let left = this.lane(shard, origin, 'waiting').length; left > 0; ) {
        await this.claim({ ...claim, leaseMinutes: 2, rowsMax: 2 });
        await this.settle({ kind: 'settle', owner, fates: ['published'] });
        const { length } = this.lane(shard, origin, 'waiting');
        expect(length).toBeLessThan(left);
        left = length;
      }
    });
    expect(this.all().filter(({ state }) => state === 'waiting')).toEqual([]);
    await this.check();
  }

  /**
   * The commands publish what is dead after all, and each row is deleted when its own replay window
   * has ended.
   */
  async end(): Promise<void> {
    await this.advance(15);
    await this.markOrRedrive({ kind: 'mark', picks: [true] });
    await this.check();
    for (const minutes of [15, 30] as const) {
      await this.advance(minutes);
      await this.eachLane((shard, origin) =>
        this.purge({ kind: 'purge', shard, origin, rowsMax: 1_000 }),
      );
    }
    expect(this.all()).toEqual([]);
  }
}

/**
 * Any steps of commands, relays and people, in any order, do to an outbox what they do to a model
 * of it.
 *
 * @param createSubject an empty outbox
 */
export const outboxModelCheck = (
  name: string,
  numRuns: number,
  createSubject: () => Promise<OutboxSubject>,
): void => {
  it(
    `${name} does what a model of it does, whatever relays, commands, people and clocks do`,
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(steps, { minLength: 20, maxLength: 40, size: 'max' }),
          async (run) => {
            const model = new OutboxModel(await createSubject());
            for (const [at, step] of run.entries()) {
              await model.step(step);
              if (at % checkEvery === 0) await model.check();
            }
            await model.drain();
            await model.end();
          },
        ),
        { numRuns, interruptAfterTimeLimit: timeMsMax },
      );
    },
    2 * timeMsMax,
  );
};
