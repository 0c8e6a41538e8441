import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../../../src/adapters/dsql/connection/connection.ts';
import { createConnectionPool } from '../../../../src/adapters/dsql/connection/connection-pool.ts';
import type { Cancellation } from '../../../../src/domain/kernel/index.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

const minuteMs = 60_000;

/** The driver's side: connections that are numbered in the order in which they were opened. */
type FakeConnection = Connection & {
  readonly number: number;
  readonly closed: () => boolean;
  readonly lose: () => void;
};

const setUp = (options: { readonly size?: number; readonly random?: number } = {}) => {
  const clock = manualClock();
  const opened: FakeConnection[] = [];
  const asked: (readonly [deadline: number, signal?: Cancellation])[] = [];
  let refusal: Error | undefined;
  const open = async (...limits: (typeof asked)[number]): Promise<Connection> => {
    asked.push(limits);
    if (refusal) throw refusal;
    let alive = true;
    let closed = false;
    const connection: FakeConnection = {
      number: opened.length + 1,
      flight: async () => ({ results: [] }),
      usable: () => alive,
      close: async () => {
        closed = true;
      },
      closed: () => closed,
      lose: () => {
        alive = false;
      },
    };
    opened.push(connection);
    return connection;
  };
  const { size = 1, random = 0 } = options;
  const pool = createConnectionPool(open, { clock, random: always(random), size });
  const use = () => pool.use(async (connection) => (connection as FakeConnection).number);
  const refuse = (error?: Error) => {
    refusal = error;
  };
  return { asked, clock, opened, pool, use, refuse };
};

/** Work that goes on until it is told to end. */
const held = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { until: promise, end: resolve };
};

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a connection pool', () => {
  it('uses a connection again', async () => {
    const { use } = setUp();
    expect([await use(), await use(), await use()]).toEqual([1, 1, 1]);
  });

  it('opens nothing before it is needed', () => {
    expect(setUp().opened).toHaveLength(0);
  });

  it('gives a connection to one piece of work at a time, in the order in which they asked', async () => {
    const { opened, pool } = setUp();
    const order: string[] = [];
    const work = (name: string) =>
      pool.use(async () => {
        order.push(`${name} begins`);
        await settled();
        order.push(`${name} ends`);
      });
    await Promise.all(['a', 'b', 'c'].map(work));
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(opened).toHaveLength(1);
  });

  it('serves a newcomer after those who wait', async () => {
    const { pool } = setUp();
    const order: string[] = [];
    const first = held();
    const running = pool.use(() => first.until);
    const waiting = pool.use(async () => order.push('waiting'));
    first.end();
    const newcomer = pool.use(async () => order.push('newcomer'));
    await Promise.all([running, waiting, newcomer]);
    expect(order).toEqual(['waiting', 'newcomer']);
  });

  it('opens as many connections as its size, and no more', async () => {
    const { opened, pool } = setUp({ size: 3 });
    const holds = Array.from({ length: 5 }, held);
    const works = holds.map(({ until }) => pool.use(() => until));
    await settled();
    expect(opened).toHaveLength(3);
    for (const { end } of holds) end();
    await Promise.all(works);
    expect(opened).toHaveLength(3);
  });

  it('never has more work under way than its size, while it hands connections on', async () => {
    const { opened, pool } = setUp({ size: 2 });
    let underWay = 0;
    const work = (turns: number) =>
      pool.use(async () => {
        underWay += 1;
        expect(underWay).toBeLessThanOrEqual(2);
        for (let turn = 0; turn < turns; turn += 1) await settled();
        underWay -= 1;
      });
    const works: Promise<void>[] = [];
    for (let index = 0; index < 30; index += 1) {
      works.push(work(index % 4), work(1));
      await settled();
    }
    await Promise.all(works);
    expect(opened).toHaveLength(2);
  });

  it('passes on what the work returns and what it throws', async () => {
    const { pool, use } = setUp();
    expect(await pool.use(async () => 'done')).toBe('done');
    const error = new Error('work');
    await expect(
      pool.use(async () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(await use()).toBe(1);
  });

  it.each([
    ['opened fifty-five minutes ago', 0, 55],
    ['opened fifty minutes ago, at the other end of the jitter', 1, 50],
  ])('replaces a connection that was %s, by the wall clock', async (_, random, minutes) => {
    const { clock, opened, use } = setUp({ random });
    await use();
    // In use every four minutes, so that it is never idle for long.
    for (let minute = 4; minute < minutes; minute += 4) {
      clock.advance(4 * minuteMs);
      expect(await use()).toBe(1);
    }
    const ageMs = Math.floor((minutes - 1) / 4) * 4 * minuteMs;
    clock.advance(minutes * minuteMs - ageMs - 1);
    expect(await use()).toBe(1);
    clock.advance(1);
    expect(await use()).toBe(2);
    expect(opened[0]?.closed()).toBe(true);
  });

  it('replaces a connection that was idle for five minutes, by the wall clock', async () => {
    const { clock, opened, use } = setUp();
    await use();
    clock.advance(5 * minuteMs - 1);
    expect(await use()).toBe(1);
    clock.advance(5 * minuteMs);
    expect(await use()).toBe(2);
    expect(opened.map((connection) => connection.closed())).toEqual([true, false]);
  });

  it('counts the time of the work as use', async () => {
    const { clock, pool, use } = setUp();
    await pool.use(async () => clock.advance(6 * minuteMs));
    expect(await use()).toBe(1);
  });

  it('discards a connection that broke during the work', async () => {
    const { opened, pool, use } = setUp();
    await pool.use(async (connection) => (connection as FakeConnection).lose());
    expect(opened[0]?.closed()).toBe(true);
    expect(await use()).toBe(2);
  });

  it('discards a connection that broke while nobody used it', async () => {
    const { opened, use } = setUp();
    await use();
    opened[0]?.lose();
    expect(await use()).toBe(2);
    expect(opened[0]?.closed()).toBe(true);
  });

  it('is unavailable when no connection can be opened, and asks again the next time', async () => {
    const { refuse, use } = setUp();
    const error = new Error('connect ECONNREFUSED');
    refuse(error);
    await expect(use()).rejects.toMatchObject({ kind: 'Unavailable', cause: error });
    refuse();
    expect(await use()).toBe(1);
  });

  it('lets the next one try when opening failed for the one before', async () => {
    const { pool, refuse, use } = setUp();
    refuse(new Error('no'));
    const work = async () => 'done';
    const results = await Promise.allSettled([pool.use(work), pool.use(work), pool.use(work)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    refuse();
    expect(await use()).toBe(1);
  });

  it('opens ahead of need when it is told to, and does not fail for it', async () => {
    const { opened, pool, refuse, use } = setUp();
    await pool.warmUp();
    expect(opened).toHaveLength(1);
    expect(await use()).toBe(1);
    const cold = setUp();
    cold.refuse(new Error('no'));
    await expect(cold.pool.warmUp()).resolves.toBeUndefined();
    refuse();
  });

  it('opens until the deadline of its caller, or until the caller aborts', async () => {
    const { asked, clock, pool } = setUp();
    const { signal } = new AbortController();
    const deadline = clock.now() + 1_234;
    await pool.use(async () => undefined, deadline, signal);
    expect(asked).toEqual([[deadline, signal]]);
  });

  it('opens without an end for a caller without a deadline', async () => {
    const { asked, use } = setUp();
    await use();
    expect(asked).toEqual([[Number.POSITIVE_INFINITY, undefined]]);
  });

  it('takes five seconds of INIT at most to open ahead of need', async () => {
    const { asked, clock, pool } = setUp();
    await pool.warmUp();
    expect(asked).toEqual([[clock.now() + 5_000, undefined]]);
  });

  it('tells a caller that aborts while a connection is opened that it was aborted', async () => {
    const { pool, refuse } = setUp();
    const controller = new AbortController();
    refuse(new Error('connect ECONNREFUSED'));
    const using = pool.use(async () => 'work', undefined, controller.signal);
    controller.abort();
    await expect(using).rejects.toMatchObject({
      kind: 'Unavailable',
      message: 'Aborted before a connection was free',
    });
  });

  it('waits, when it is closed, for the work under way, and closes all connections', async () => {
    const { opened, pool } = setUp({ size: 2 });
    const work = held();
    const running = pool.use(() => work.until);
    await pool.use(async () => undefined);
    let closed = false;
    const closing = pool.close().then(() => {
      closed = true;
    });
    await settled();
    expect(closed).toBe(false);
    work.end();
    await Promise.all([running, closing]);
    expect(opened.every((connection) => connection.closed())).toBe(true);
  });

  it('waits for a free connection until the deadline, and not longer', async () => {
    const { pool, clock, use } = setUp();
    const { until, end } = held();
    const first = pool.use(() => until);
    const late = pool.use(async () => 'late', clock.now() - 1);
    await expect(late).rejects.toMatchObject({ kind: 'Unavailable' });
    end();
    await first;
    expect(await use()).toBe(1);
  });

  it('reads the messages of the other side before it hands out an idle connection', async () => {
    const { clock, opened, use } = setUp();
    await use();
    clock.advance(1_000);
    // The goodbye lies in the socket, unread: the process was frozen until now.
    setImmediate(() => opened[0]?.lose());
    expect(await use()).toBe(2);
  });

  it('reads the messages that an interrupted turn has not read', async () => {
    const { clock, opened, use } = setUp();
    await use();
    clock.advance(5);
    setImmediate(() => setImmediate(() => opened[0]?.lose()));
    expect(await use()).toBe(2);
  });

  it('reads no messages of a connection that was in use less than five milliseconds ago', async () => {
    const { clock, opened, use } = setUp();
    await use();
    clock.advance(4);
    setImmediate(() => opened[0]?.lose());
    expect(await use()).toBe(1);
  });

  it('does not wait a turn for a connection that was in use just now', async () => {
    const { use } = setUp();
    await use();
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await use();
    expect(turned).toBe(false);
  });

  it('gives up waiting when it is aborted, and others keep their turn', async () => {
    const { pool } = setUp();
    const { until, end } = held();
    const order: string[] = [];
    const first = pool.use(() => until);
    const controller = new AbortController();
    const aborted = pool.use(async () => order.push('aborted'), undefined, controller.signal);
    const next = pool.use(async () => order.push('next'));
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ kind: 'Unavailable' });
    end();
    await Promise.all([first, next]);
    expect(order).toEqual(['next']);
    const late = pool.use(async () => order.push('late'), undefined, controller.signal);
    await expect(late).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('serves the callers that wait when it is closed, and refuses later ones', async () => {
    const { opened, pool } = setUp();
    const { until, end } = held();
    const first = pool.use(() => until);
    const waiting = pool.use(async () => 'served');
    const closing = Promise.all([pool.close(), pool.close()]);
    const late = pool.use(async () => 'late');
    await expect(late).rejects.toThrow('The connections are closed');
    end();
    expect(await waiting).toBe('served');
    await Promise.all([first, closing]);
    expect(opened.map((connection) => connection.closed())).toEqual([true]);
    await expect(pool.warmUp()).resolves.toBeUndefined();
  });
});

describe('waiting for a connection', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A pool whose only connection is in use, and somebody who waits for it. */
  const waitingFor = (deadline?: (now: number) => number, signal?: AbortSignal) => {
    const { clock, pool } = setUp();
    const { until, end } = held();
    const first = pool.use(() => until);
    const waiting = pool.use(async () => 'served', deadline?.(clock.now()), signal);
    let isOver = false;
    waiting.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    return { end, first, waiting, isOver: () => isOver };
  };

  it('lasts until the deadline', async () => {
    const { end, first, waiting, isOver } = waitingFor((now) => now + minuteMs);
    const refused = expect(waiting).rejects.toThrow('No connection became free in time');
    await vi.advanceTimersByTimeAsync(minuteMs - 1);
    expect(isOver()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await refused;
    end();
    await first;
  });

  it('has no end for a caller without a deadline', async () => {
    const { end, first, waiting, isOver } = waitingFor();
    await vi.advanceTimersByTimeAsync(24 * 60 * minuteMs);
    expect(isOver()).toBe(false);
    end();
    expect(await waiting).toBe('served');
    await first;
  });

  it('leaves no timer and no listener behind', async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const added = vi.spyOn(signal, 'addEventListener');
    const { end, first, waiting } = waitingFor((now) => now + minuteMs, signal);
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(1);
    end();
    expect(await waiting).toBe('served');
    await first;
    expect(vi.getTimerCount()).toBe(0);
    expect(added).toHaveBeenCalledOnce();
    expect(removed.mock.calls).toEqual(added.mock.calls);
  });
});

describe('closing a pool', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends although somebody has forgotten to give a connection back, after a transaction can last', async () => {
    const { opened, pool } = setUp({ size: 2 });
    const forgotten = held();
    const using = pool.use(() => forgotten.until);
    await settled();
    vi.useFakeTimers();
    let closed = false;
    const closing = pool.close().then(() => {
      closed = true;
    });
    await vi.advanceTimersByTimeAsync(5 * minuteMs - 1);
    expect(closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await closing;
    expect(opened.map((connection) => connection.closed())).toEqual([true]);
    forgotten.end();
    await using;
  });
});
