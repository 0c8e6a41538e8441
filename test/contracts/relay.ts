import { expect } from 'vitest';
import { systemIds } from '../../src/adapters/system/index.ts';
import {
  Conflict,
  type createRelay,
  type EventPublisher,
  InvariantViolation,
  type Outbox,
  OutcomeUnknown,
  Unavailable,
} from '../../src/domain/kernel/index.ts';
import { outboxShard, outboxShardCount } from '../../src/domain/kernel/outbox/outbox.ts';
import { anEvent } from '../support/counter.ts';
import {
  acceptingBus,
  busThat,
  graceMs,
  memoryService,
  replayWindowMs,
  unreachableBus,
} from '../support/memory-service.ts';
import { always, manualClock } from '../support/runtime-ports.ts';
import { collectCases, type Suite } from './suite.ts';

/** Makes a relay. */
export type RelaySubject = typeof createRelay;

const takeoverAgeMs = 600_000;
const leaseMs = 60_000;
const hourMs = 3_600_000;
const shards = Array.from({ length: outboxShardCount }, (_, shard) => shard);
const steps = ['due', 'claim', 'settle', 'expired', 'purge', 'status'] as const;

/** An outbox that has rows to delete in each part. */
const allExpired: Pick<Outbox, 'expired'> = { expired: async (_, parts) => parts };

/** An id of the same part of the outbox as every other. */
const inOnePart = (id: string): string => `0${id.slice(1)}`;

const idsOf = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id).toSorted();

/** The suite of the relay, over an outbox in memory whose clock the test moves. */
export const relayContract = (createSubject: () => Promise<RelaySubject>): Suite =>
  collectCases(({ beforeEach, describe, it }) => {
    let create: RelaySubject;

    beforeEach(async () => {
      create = await createSubject();
    });

    const setUp = () => {
      // Publishers judge their deadline by the real clock, so this one starts there.
      const service = memoryService(manualClock(Date.now()));
      const { clock, outbox, logger, metrics } = service;
      const insert = (
        count: number,
        rename: (id: string) => string = (id) => id,
      ): readonly string[] => {
        const time = new Date(clock.now()).toISOString();
        const events = Array.from({ length: count }, () => {
          const event = anEvent();
          return { ...event, time, id: rename(event.id) };
        });
        service.insert(...events);
        return events.map(({ id }) => id);
      };
      const relayOf = (
        publisher: EventPublisher,
        options: { readonly region?: string; readonly outbox?: Outbox } = {},
      ) => {
        const random = always(0.5);
        const deps = { clock, random, ids: systemIds, logger, metrics, shards, takeoverAgeMs };
        const relay = create({ ...deps, outbox, publisher, region: 'us-east-1', ...options });
        return { run: (roomMs = 30_000) => relay.run(clock.now() + roomMs) };
      };
      return { ...service, insert, relayOf };
    };

    describe(`a relay`, () => {
      it('publishes what commands have left behind, once', async () => {
        const { clock, insert, metrics, relayOf } = setUp();
        const ids = insert(3);
        const bus = acceptingBus();
        clock.advance(graceMs);
        const report = await relayOf(bus.publisher).run();
        expect(report).toEqual({ published: 3, failed: 0, dead: 0, purged: 0, hasMore: false });
        expect(await relayOf(bus.publisher).run()).toMatchObject({ published: 0 });
        expect(idsOf(bus.taken)).toEqual(ids.toSorted());
        expect(metrics.sum('OutboxRelayed')).toBe(3);
      });

      it('leaves a row to the command that wrote it while its grace lasts', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(1);
        const bus = acceptingBus();
        clock.advance(graceMs - 1);
        expect(await relayOf(bus.publisher).run()).toMatchObject({ published: 0 });
        clock.advance(1);
        expect(await relayOf(bus.publisher).run()).toMatchObject({ published: 1 });
      });

      it('works through more rows of a part than it claims at once', async () => {
        const { clock, insert, relayOf } = setUp();
        const ids = insert(501, inOnePart);
        const bus = acceptingBus();
        clock.advance(graceMs);
        expect(await relayOf(bus.publisher).run()).toMatchObject({ published: 501 });
        expect(idsOf(bus.taken)).toEqual(ids.toSorted());
      });

      it('publishes 500 events at once, and no more', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(1_200, inOnePart);
        clock.advance(graceMs);
        const counts: number[] = [];
        const bus = acceptingBus();
        const counting: EventPublisher = {
          publish: (events, deadline) => {
            counts.push(events.length);
            return bus.publisher.publish(events, deadline);
          },
        };
        await relayOf(counting).run();
        expect(counts).toEqual([500, 500, 200]);
      });

      it('claims nothing that it has no time to publish', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(1);
        clock.advance(graceMs);
        expect(await relayOf(acceptingBus().publisher).run(2_000)).toMatchObject({ published: 0 });
        expect(await relayOf(acceptingBus().publisher).run(2_001)).toMatchObject({ published: 1 });
      });

      it('claims nothing any more when a publish has taken its time', async () => {
        const { clock, insert, outbox, relayOf } = setUp();
        insert(1_000);
        clock.advance(graceMs);
        const bus = acceptingBus();
        const slow: EventPublisher = {
          publish: (events, deadline) => {
            clock.advance(28_000);
            return bus.publisher.publish(events, deadline + 600_000);
          },
        };
        const { published, hasMore } = await relayOf(slow).run(30_000);
        expect(hasMore).toBe(true);
        expect(published).toBe(bus.taken.length);
        expect(published).toBeGreaterThan(0);
        expect(published).toBeLessThan(600);
        const untouched = await outbox.status();
        expect(untouched.pending.count).toBeGreaterThan(0);
        // Nobody holds what it has left: the next run takes all of it at once.
        expect(await relayOf(bus.publisher).run()).toMatchObject({ hasMore: false });
        expect(bus.taken).toHaveLength(1_000);
      });

      it('gives the publisher its own deadline', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(1);
        clock.advance(graceMs);
        const deadlines: number[] = [];
        const bus = acceptingBus();
        const watched: EventPublisher = {
          publish: (events, deadline) => {
            deadlines.push(deadline);
            return bus.publisher.publish(events, deadline);
          },
        };
        await relayOf(watched).run(30_000);
        expect(deadlines).toEqual([clock.now() + 30_000]);
      });

      it('counts what became of the events of every part', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(200);
        clock.advance(graceMs);
        let sent = 0;
        const bus = busThat(() => {
          sent += 1;
          if (sent % 4 === 0) return { ErrorCode: 'MalformedDetail' };
          return sent % 4 === 1 ? { ErrorCode: 'ThrottlingException' } : { EventId: 'x' };
        });
        const report = await relayOf(bus.publisher).run();
        expect(report).toEqual({
          published: 100,
          failed: 100,
          dead: 50,
          purged: 0,
          hasMore: false,
        });
      });

      it('reports the dead events in every run, and warns in the one that has given them up', async () => {
        const { clock, insert, logger, metrics, relayOf } = setUp();
        insert(3);
        clock.advance(graceMs);
        const relay = relayOf(busThat(() => ({ ErrorCode: 'MalformedDetail' })).publisher);
        await relay.run();
        expect(metrics.sum('OutboxDead')).toBe(3);
        const warnings = () => logger.lines.filter(({ level }) => level === 'warn');
        expect(warnings().map(({ message, fields }) => [message, fields['count']])).toEqual([
          ...Array.from({ length: 3 }, () => ['Event is dead', undefined]),
          ['Events are dead and wait to be redriven', 3],
        ]);
        await relay.run();
        expect(metrics.sum('OutboxDead')).toBe(6);
        expect(warnings()).toHaveLength(4);
      });

      it('waits longer after each failure', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(1);
        clock.advance(graceMs);
        const relay = relayOf(unreachableBus());
        expect(await relay.run()).toMatchObject({ failed: 1, dead: 0 });
        for (const waitMs of [500, 1_000, 2_000, 4_000]) {
          clock.advance(waitMs - 1);
          expect(await relay.run()).toMatchObject({ failed: 0 });
          clock.advance(1);
          expect(await relay.run()).toMatchObject({ failed: 1 });
        }
      });

      it('gives an event up after sixty attempts, visibly, until a person redrives it', async () => {
        const { clock, insert, logger, metrics, outbox, relayOf } = setUp();
        const ids = insert(1);
        const relay = relayOf(unreachableBus());
        let dead = 0;
        for (let attempt = 1; attempt <= 60; attempt += 1) {
          clock.advance(hourMs);
          dead += (await relay.run()).dead;
          expect(dead).toBe(attempt === 60 ? 1 : 0);
        }
        clock.advance(1_000 * hourMs);
        expect(await relay.run()).toMatchObject({ failed: 0, dead: 0 });
        expect(await outbox.status()).toMatchObject({
          pending: { count: 0 },
          dead: { count: 1 },
          oldestAgeMs: 0,
        });
        expect(metrics.sum('OutboxDead')).toBe(2);
        expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
        expect(await outbox.redrive(ids)).toBe(1);
        expect(await relayOf(acceptingBus().publisher).run()).toMatchObject({ published: 1 });
      });

      it('gives an event up at once that the bus will never take', async () => {
        const { clock, insert, outbox, relayOf } = setUp();
        insert(1);
        clock.advance(graceMs);
        const bus = busThat(() => ({ ErrorCode: 'MalformedDetail' }));
        expect(await relayOf(bus.publisher).run()).toMatchObject({ failed: 1, dead: 1 });
        expect(await outbox.status()).toMatchObject({ pending: { count: 0 }, dead: { count: 1 } });
      });

      it('settles each event of a request by its own result', async () => {
        const { clock, insert, outbox, relayOf } = setUp();
        const [good, busy, bad] = insert(3, inOnePart);
        clock.advance(graceMs);
        const bus = busThat(({ Detail }) => {
          const { id } = JSON.parse(Detail);
          if (id === good) return { EventId: 'x' };
          return { ErrorCode: id === busy ? 'ThrottlingException' : 'InvalidArgument' };
        });
        const report = await relayOf(bus.publisher).run();
        expect(report).toMatchObject({ published: 1, failed: 2, dead: 1 });
        expect(await outbox.status()).toMatchObject({ pending: { count: 1 }, dead: { count: 1 } });
        expect(await outbox.redrive([bad ?? ''])).toBe(1);
      });

      it('takes over the rows of another Region when they are old enough to be forgotten', async () => {
        const { clock, insert, relayOf } = setUp();
        const ids = insert(2);
        const bus = acceptingBus();
        const survivor = relayOf(bus.publisher, { region: 'us-west-2' });
        clock.advance(takeoverAgeMs - 1);
        expect(await survivor.run()).toMatchObject({ published: 0 });
        clock.advance(1);
        expect(await survivor.run()).toMatchObject({ published: 2 });
        expect(idsOf(bus.taken)).toEqual(ids.toSorted());
        expect(bus.taken.map(({ originregion }) => originregion)).toEqual([
          'us-east-1',
          'us-east-1',
        ]);
      });

      it('holds a row for a minute, which is longer than a publish takes', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(1);
        clock.advance(graceMs);
        const others: number[] = [];
        const bus = acceptingBus();
        const slow: EventPublisher = {
          publish: async (events, deadline) => {
            for (const ms of [1, 10_000, leaseMs - 10_002]) {
              clock.advance(ms);
              others.push((await relayOf(bus.publisher).run()).published);
            }
            return bus.publisher.publish(events, deadline);
          },
        };
        expect(await relayOf(slow).run(120_000)).toMatchObject({ published: 1 });
        expect(others).toEqual([0, 0, 0]);
        expect(bus.taken).toHaveLength(1);
      });

      it('takes a row of a relay that has crashed after a minute', async () => {
        const { clock, insert, outbox, relayOf } = setUp();
        insert(1);
        clock.advance(graceMs);
        const settle = async () => {
          throw new Error('killed');
        };
        const crashing = relayOf(acceptingBus().publisher, { outbox: { ...outbox, settle } });
        await expect(crashing.run()).rejects.toThrow('killed');
        clock.advance(leaseMs - 1);
        expect(await relayOf(acceptingBus().publisher).run()).toMatchObject({ published: 0 });
        clock.advance(1);
        expect(await relayOf(acceptingBus().publisher).run()).toMatchObject({ published: 1 });
      });

      it('leaves a row alone in a late run whose lease another run has taken over', async () => {
        const { clock, insert, outbox, relayOf } = setUp();
        insert(1);
        clock.advance(graceMs);
        const refusing = busThat(() => ({ ErrorCode: 'MalformedDetail' }));
        const taken = Promise.withResolvers<void>();
        const settled = Promise.withResolvers<void>();
        let run = 0;
        const publisher: EventPublisher = {
          publish: async (events, deadline) => {
            run += 1;
            if (run === 2) {
              // The late run settles while this one publishes.
              taken.resolve();
              await settled.promise;
              return acceptingBus().publisher.publish(events, deadline);
            }
            await taken.promise;
            return refusing.publisher.publish(events, deadline);
          },
        };
        const relay = relayOf(publisher);
        const late = relay.run(200_000).finally(settled.resolve);
        await new Promise((resolve) => setImmediate(resolve));
        clock.advance(leaseMs);
        expect(await relay.run()).toMatchObject({ published: 1 });
        await late;
        expect(await outbox.status()).toMatchObject({ pending: { count: 0 }, dead: { count: 0 } });
      });

      it('gives a row to one of eight relays that run at once, and loses none', async () => {
        const { clock, insert, relayOf } = setUp();
        const ids = insert(40);
        clock.advance(graceMs);
        const bus = acceptingBus();
        await Promise.all(Array.from({ length: 8 }, () => relayOf(bus.publisher).run()));
        expect(idsOf(bus.taken)).toEqual(ids.toSorted());
      });

      it('deletes published rows when their replay window has ended', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(3);
        clock.advance(graceMs);
        const relay = relayOf(acceptingBus().publisher);
        await relay.run();
        clock.advance(replayWindowMs - 1);
        expect(await relay.run()).toMatchObject({ purged: 0 });
        clock.advance(1);
        expect(await relay.run()).toMatchObject({ purged: 3 });
      });

      it('deletes a bounded number of rows in one run, however many there are', async () => {
        const { outbox, relayOf } = setUp();
        const endless: Outbox = {
          ...outbox,
          expired: async (_, all) => all,
          purge: async ({ rowsMax }) => rowsMax,
        };
        const relay = relayOf(acceptingBus().publisher, { outbox: endless });
        expect(await relay.run()).toMatchObject({ purged: 64_000 });
      });

      it('leaves the rows of another Region to its relay, which may be deleting them now', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(3);
        clock.advance(graceMs);
        await relayOf(acceptingBus().publisher).run();
        clock.advance(replayWindowMs);
        const peer = relayOf(acceptingBus().publisher, { region: 'us-west-2' });
        expect(await peer.run()).toMatchObject({ purged: 0 });
        expect(await relayOf(acceptingBus().publisher).run()).toMatchObject({ purged: 3 });
      });

      for (const step of steps) {
        it(`leaves to its next run the rows that conflict in ${step}`, async () => {
          const { clock, insert, outbox, relayOf } = setUp();
          insert(1);
          clock.advance(graceMs);
          const conflict = async () => {
            throw new Conflict('change conflicts with another transaction');
          };
          const bus = acceptingBus();
          const conflicting = { ...outbox, ...allExpired, [step]: conflict };
          const relay = relayOf(bus.publisher, { outbox: conflicting });
          expect(await relay.run()).toMatchObject({
            failed: 0,
            dead: 0,
            purged: 0,
            hasMore: false,
          });
          clock.advance(leaseMs);
          await relayOf(bus.publisher).run();
          expect(await outbox.status()).toMatchObject({
            pending: { count: 0 },
            dead: { count: 0 },
          });
        });

        for (const Kind of [Unavailable, OutcomeUnknown, InvariantViolation, Error]) {
          it(`fails with the fault of ${step}: ${Kind.name}`, async () => {
            const { clock, insert, outbox, relayOf } = setUp();
            insert(1);
            clock.advance(graceMs);
            const failing = async () => {
              throw new Kind('away');
            };
            const relay = relayOf(acceptingBus().publisher, {
              outbox: { ...outbox, ...allExpired, [step]: failing },
            });
            const run = relay.run();
            await expect(run).rejects.toThrow(Kind);
            await expect(run).rejects.toThrow('away');
          });
        }
      }

      it('fails with the error of the publisher', async () => {
        const { clock, insert, relayOf } = setUp();
        insert(1);
        clock.advance(graceMs);
        const publish = async () => {
          throw new Error('bug');
        };
        await expect(relayOf({ publish }).run()).rejects.toThrow('bug');
      });

      it('gives every statement that it has for itself a deadline', async () => {
        const { clock, insert, outbox, relayOf } = setUp();
        insert(1);
        const deadlines = new Set<number | undefined>();
        const watched: Outbox = {
          ...outbox,
          due: (parts, deadline) => {
            deadlines.add(deadline);
            return outbox.due(parts, deadline);
          },
          expired: async (_, parts, deadline) => {
            deadlines.add(deadline);
            return parts;
          },
          purge: (purge) => {
            deadlines.add(purge.deadline);
            return outbox.purge(purge);
          },
          status: (deadline) => {
            deadlines.add(deadline);
            return outbox.status(deadline);
          },
        };
        await relayOf(acceptingBus().publisher, { outbox: watched }).run(30_000);
        expect([...deadlines]).toEqual([clock.now() + 30_000]);
      });

      it('asks for nothing but the lanes that have a row which is due', async () => {
        const { clock, insert, outbox, relayOf } = setUp();
        const [id = ''] = insert(1);
        clock.advance(graceMs);
        const claimed = new Set<string>();
        const watched: Outbox = {
          ...outbox,
          claim: (claim) => {
            claimed.add(`${claim.shard} ${claim.origin}`);
            return outbox.claim(claim);
          },
        };
        await relayOf(acceptingBus().publisher, { outbox: watched }).run();
        expect([...claimed]).toEqual([`${outboxShard(id)} us-east-1`]);
      });

      it('goes on with its other parts when one of them conflicts', async () => {
        const { clock, insert, outbox, relayOf } = setUp();
        const ids = insert(200);
        clock.advance(graceMs);
        const conflicting: Outbox = {
          ...outbox,
          claim: async (claim) => {
            if (claim.shard === 0) throw new Conflict('change conflicts with another transaction');
            return outbox.claim(claim);
          },
        };
        const bus = acceptingBus();
        await relayOf(bus.publisher, { outbox: conflicting }).run();
        expect(idsOf(bus.taken)).toEqual(ids.filter((id) => outboxShard(id) !== 0).toSorted());
      });

      it('fails when the database is away, after what is under way has ended', async () => {
        const { clock, insert, outbox, relayOf } = setUp();
        insert(200);
        clock.advance(graceMs);
        let open = 0;
        const failing: Outbox = {
          ...outbox,
          claim: async (claim) => {
            open += 1;
            await new Promise((resolve) => setTimeout(resolve, claim.shard));
            open -= 1;
            if (claim.shard === 0) throw new Unavailable('away');
            return [];
          },
        };
        const run = relayOf(acceptingBus().publisher, { outbox: failing }).run();
        await expect(run).rejects.toThrow('away');
        expect(open).toBe(0);
      });

      it('reports how far behind it is', async () => {
        const { clock, insert, metrics, relayOf } = setUp();
        insert(1);
        clock.advance(graceMs + 5_000);
        await relayOf(unreachableBus()).run();
        expect(metrics.sum('OutboxOldestAgeMs')).toBe(graceMs + 5_000);
      });
    });

    describe('a row of the outbox', () => {
      const broken = (message: string) => async () => {
        throw new Error(message);
      };
      const failures: Readonly<
        Record<string, (outbox: Outbox) => readonly [EventPublisher, Outbox]>
      > = {
        'the bus cannot be reached': (outbox) => [unreachableBus(), outbox],
        'the bus throttles': (outbox) => [
          busThat(() => ({ ErrorCode: 'ThrottlingException' })).publisher,
          outbox,
        ],
        'the bus fails inside': (outbox) => [
          busThat(() => ({ ErrorCode: 'InternalFailure' })).publisher,
          outbox,
        ],
        'the bus refuses for ever': (outbox) => [
          busThat(() => ({ ErrorCode: 'NotAuthorizedForSourceException' })).publisher,
          outbox,
        ],
        'the bus answers nothing': (outbox) => [busThat(() => undefined).publisher, outbox],
        'the publisher returns too few results': (outbox) => [{ publish: async () => [] }, outbox],
        'the publisher throws': (outbox) => [{ publish: broken('bug') }, outbox],
        'the relay dies before it settles': (outbox) => [
          acceptingBus().publisher,
          { ...outbox, settle: broken('killed') },
        ],
        'another one settles first': (outbox) => [
          acceptingBus().publisher,
          {
            ...outbox,
            settle: async () => {
              throw new Conflict('lost');
            },
          },
        ],
      };

      for (const kind of Object.keys(failures)) {
        it(`is published in the end although ${kind}`, async () => {
          const { clock, insert, outbox, relayOf } = setUp();
          const ids = insert(25);
          clock.advance(graceMs);
          const [publisher, failingOutbox] = failures[kind]?.(outbox) ?? [];
          if (!publisher || !failingOutbox) throw new Error('no such failure');
          await relayOf(publisher, { outbox: failingOutbox })
            .run()
            .catch(() => undefined);
          const { pending, dead } = await outbox.status();
          expect(pending.count + dead.count).toBe(25);
          clock.advance(leaseMs);
          await outbox.redrive(ids);
          const bus = acceptingBus();
          await relayOf(bus.publisher).run();
          expect(idsOf(bus.taken)).toEqual(ids.toSorted());
          expect(await outbox.status()).toMatchObject({
            pending: { count: 0 },
            dead: { count: 0 },
          });
        });
      }
    });
  });
