import { setImmediate as settled } from 'node:timers/promises';
import { type Clock, Conflict, type Random } from '../../src/domain/kernel/index.ts';
import { seeded } from '../../test/support/workloads.ts';
import type { Policy } from './policies.ts';
import { createTally, type Score } from './score.ts';

/** A round trip within a Region, and a commit that two Regions have to agree on: milliseconds. */
export const simulated = { roundTripMs: 2, commitMs: 16 } as const;

/**
 * From the snapshot, half a round trip before the reads are answered, to the middle of the commit.
 */
export const simulatedWindowMs = simulated.roundTripMs + simulated.commitMs / 2;

/** Each leg takes this much more or less, as on a network. */
const legJitter = 0.1;
export const simulatedMs = 20_000;
/** A Lambda's default patience with a command here. */
const commandMsMax = 10_000;

type Alarm = { readonly at: number; readonly ring: () => void };

/** Time that passes only when everybody waits. */
const createTimeline = () => {
  const alarms: Alarm[] = [];
  let now = 0;
  const add = (alarm: Alarm): void => {
    let low = 0;
    let high = alarms.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // Latest first, so that the next one is taken from the end.
      if ((alarms[middle]?.at ?? 0) > alarm.at) low = middle + 1;
      else high = middle;
    }
    alarms.splice(low, 0, alarm);
  };
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => new Promise((ring) => add({ at: now + ms, ring })),
  };
  const run = async (untilMs: number): Promise<void> => {
    for (let alarm = alarms.pop(); alarm && alarm.at <= untilMs; alarm = alarms.pop()) {
      now = alarm.at;
      alarm.ring();
      // A policy without waits runs on until it meets the network.
      await settled();
    }
  };
  return { clock, run };
};

/** When each row was last changed; the first to commit wins. */
type Rows = Map<number, number>;

const attempt = async (clock: Clock, random: Random, rows: Rows, row: number): Promise<void> => {
  const leg = (ms: number) => clock.sleep(ms * (1 - legJitter + 2 * legJitter * random.next()));
  const { roundTripMs, commitMs } = simulated;
  await leg(roundTripMs / 2);
  const snapshot = clock.now();
  await leg(roundTripMs);
  await leg(commitMs / 2);
  const conflicts = (rows.get(row) ?? -1) > snapshot;
  if (!conflicts) rows.set(row, clock.now());
  await leg(commitMs / 2 + roundTripMs / 2);
  if (conflicts) throw new Conflict('change conflicts with another transaction (OC000)');
};

/** Clients that change rows one command after another, each a random one of `rowCount`. */
export const simulate = async (
  policy: Policy,
  clients: number,
  rowCount: number,
  seed: number,
): Promise<Score> => {
  const uniform = seeded(seed);
  const random: Random = { next: uniform };
  const { clock, run } = createTimeline();
  const rows: Rows = new Map();
  const tally = createTally(clients);
  const live = async (client: number): Promise<never> => {
    const retrier = policy.retrier({ clock, random });
    await clock.sleep(random.next() * simulatedWindowMs);
    for (;;) {
      const row = Math.floor(random.next() * rowCount);
      const began = clock.now();
      try {
        await retrier.run(() => {
          tally.attempted();
          return attempt(clock, random, rows, row);
        }, began + commandMsMax);
        tally.committed(client, clock.now() - began);
      } catch {
        tally.gaveUp();
      }
    }
  };
  for (let client = 0; client < clients; client += 1) live(client).catch(() => undefined);
  await run(simulatedMs);
  return tally.score(simulatedMs);
};
