import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../src/domain/kernel/index.ts';
import { type Delivery, memoryBus } from '../../../src/testing/index.ts';
import { booking } from '../booking.ts';

const regions = ['us-east-1', 'us-west-2'];
const deadline = Number.MAX_SAFE_INTEGER;

const eventOf = (
  id: string,
  type = 'SeatsReserved',
  originregion = 'us-east-1',
): EventEnvelope => ({
  specversion: '1.0',
  ...{ id, type, originregion, source: 'shop.booking', subject: 'hamlet' },
  time: '2026-01-02T03:04:05.678Z',
  datacontenttype: 'application/json',
  schemaversion: 2,
  aggregateversion: 1,
  correlationid: 'c-1',
  data: { show: 'hamlet', seats: 1 },
});

const shown = ({ region, consumer, event }: Delivery) => `${event.id} ${consumer} ${region}`;
const collecting = () => memoryBus(booking, regions, async (delivery) => shown(delivery));

describe('a bus in memory', () => {
  it('hands an event to the consumers of its Region, and a copy to those of copies in the other', async () => {
    const bus = collecting();
    await bus.publisher.publish([eventOf('1')], deadline);
    expect(await bus.deliver()).toEqual(['1 occupancy us-east-1', '1 notices us-west-2']);
    await bus.publisher.publish([eventOf('2', 'SeatsReserved', 'us-west-2')], deadline);
    expect(await bus.deliver()).toEqual(['2 notices us-east-1', '2 occupancy us-west-2']);
  });

  it('hands an event only to consumers that listen to it', async () => {
    const bus = collecting();
    await bus.publisher.publish([eventOf('1', 'ShowClosed')], deadline);
    expect(await bus.deliver()).toEqual(['1 occupancy us-east-1']);
  });

  it('copies no event that stays in its Region', async () => {
    const { SeatsReserved: event } = booking.events;
    const events = { SeatsReserved: { ...event, scope: 'origin-region' } } as const;
    const local = { ...booking, events };
    const bus = memoryBus(local, regions, async (delivery) => shown(delivery));
    await bus.publisher.publish([eventOf('1')], deadline);
    expect(await bus.deliver()).toEqual(['1 occupancy us-east-1']);
  });

  it('keeps what was published, delivers it once, and forgets it when it is cleared', async () => {
    const bus = collecting();
    expect(await bus.publisher.publish([eventOf('1'), eventOf('2')], deadline)).toEqual([
      { ok: true },
      { ok: true },
    ]);
    expect(bus.published.map(({ id }) => id)).toEqual(['1', '2']);
    expect(bus.waiting).toHaveLength(4);
    await bus.deliver();
    expect(await bus.deliver()).toEqual([]);
    await bus.publisher.publish([eventOf('3')], deadline);
    bus.clear();
    expect(bus.published).toEqual([]);
    expect(await bus.deliver()).toEqual([]);
  });

  it('delivers copies, in the order that the test gives them', async () => {
    const bus = collecting();
    await bus.publisher.publish([eventOf('1', 'ShowClosed'), eventOf('2', 'ShowClosed')], deadline);
    const order = await bus.deliver({ copies: 2, reorder: (all) => all.toReversed() });
    expect(order.map((one) => one.charAt(0))).toEqual(['2', '2', '1', '1']);
  });

  it('keeps the events that an order leaves out', async () => {
    const bus = collecting();
    await bus.publisher.publish([eventOf('1'), eventOf('2')], deadline);
    const first = (all: readonly Delivery[]) => all.filter(({ event }) => event.id === '1');
    expect(await bus.deliver({ reorder: first })).toHaveLength(2);
    expect(bus.waiting.map(shown)).toEqual(['2 occupancy us-east-1', '2 notices us-west-2']);
    expect(await bus.deliver()).toHaveLength(2);
  });

  it('takes nothing while it cannot be reached', async () => {
    const bus = collecting();
    bus.setReachable(false);
    expect(await bus.publisher.publish([eventOf('1')], deadline)).toEqual([
      { ok: false, retryable: true, reason: 'The bus is unreachable' },
    ]);
    expect([bus.published, bus.waiting]).toEqual([[], []]);
    bus.setReachable(true);
    expect(await bus.publisher.publish([eventOf('1')], deadline)).toEqual([{ ok: true }]);
  });

  it('rejects the events that a rule names, and takes the others', async () => {
    const bus = collecting();
    const rejection = { retryable: false, reason: 'too large' };
    bus.setRejection(({ id }) => (id === '2' ? rejection : undefined));
    const three = ['1', '2', '3'].map((id) => eventOf(id, 'ShowClosed'));
    expect(await bus.publisher.publish(three, deadline)).toEqual([
      { ok: true },
      { ok: false, ...rejection },
      { ok: true },
    ]);
    expect(await bus.deliver()).toEqual(['1 occupancy us-east-1', '3 occupancy us-east-1']);
    bus.setRejection();
    expect(await bus.publisher.publish(three, deadline)).toEqual(three.map(() => ({ ok: true })));
  });

  it('takes everything again after it was cleared', async () => {
    const bus = collecting();
    bus.setReachable(false);
    bus.setRejection(() => ({ retryable: true, reason: 'busy' }));
    bus.clear();
    expect(bus.isReachable).toBe(true);
    expect(await bus.publisher.publish([eventOf('1')], deadline)).toEqual([{ ok: true }]);
  });

  it('delivers the events that a consumer publishes too', async () => {
    const bus = memoryBus(booking, regions, async (delivery) => {
      const { id } = delivery.event;
      if (id === '1') await bus.publisher.publish([eventOf('2', 'ShowClosed')], deadline);
      return shown(delivery);
    });
    await bus.publisher.publish([eventOf('1', 'ShowClosed')], deadline);
    expect(await bus.deliver()).toEqual(['1 occupancy us-east-1', '2 occupancy us-east-1']);
  });

  it('ends when consumers publish for each other without an end', async () => {
    const bus = memoryBus(booking, regions, async () => {
      const two = [eventOf('1', 'ShowClosed'), eventOf('2', 'ShowClosed')];
      if (bus.waiting.length < 1_000) await bus.publisher.publish(two, deadline);
    });
    await bus.publisher.publish([eventOf('1', 'ShowClosed')], deadline);
    await expect(bus.deliver()).rejects.toThrow('still publish events after 10000 deliveries');
  });

  it('fails with its consumer, and delivers again what has failed', async () => {
    let isBroken = true;
    const bus = memoryBus(booking, regions, async (delivery) => {
      if (isBroken && delivery.event.id === '2') throw new Error('broken');
      return shown(delivery);
    });
    const three = ['1', '2', '3'].map((id) => eventOf(id, 'ShowClosed'));
    await bus.publisher.publish(three, deadline);
    await expect(bus.deliver()).rejects.toThrow('broken');
    isBroken = false;
    expect(await bus.deliver()).toEqual(['2 occupancy us-east-1', '3 occupancy us-east-1']);
  });
});
