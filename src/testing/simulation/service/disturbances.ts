import type { SimulatedCluster } from '../cloud/database-link.ts';
import type { SimulatedBus } from '../cloud/event-bus.ts';
import type { SimulatedLambda } from '../cloud/lambda.ts';
import type { Regions } from '../cloud/regions.ts';
import type { FaultName } from '../machine/faults.ts';
import type { Machine } from '../machine/process.ts';
import type { Operator } from './operator.ts';

/** How long a Region is away for a while, and the link. Milliseconds. */
const awayMs = [10_000, 120_000] as const;

/** How long a deployment lets both versions run. Milliseconds. */
const rolloutMs = [5_000, 90_000] as const;

/** Moments at which an operator comes too early. */
const visitsMax = 4;

/** Plans the rare faults of a seed: they happen at a moment, and last for a while. */
export const planDisturbances = (
  { scheduler, faults, random }: Machine,
  parts: {
    readonly regions: Regions;
    readonly cluster: SimulatedCluster;
    readonly bus: SimulatedBus;
    readonly lambda: SimulatedLambda;
    readonly operator: Operator;
  },
  /** Milliseconds in which they begin and end, but for the long loss of a Region. */
  withinMs: number,
): void => {
  const { regions, cluster, bus, lambda, operator } = parts;

  const sometimes = (name: FaultName, times: number, happen: () => void): void => {
    for (let time = 0; time < times; time += 1) {
      // The draw is made for each seed, so that one kind less changes no other draw.
      const at = random.between(0.05, 0.8) * withinMs;
      if (!faults.has(name)) continue;
      scheduler.after(at, undefined, name, () => {
        faults.count(name);
        happen();
      });
    }
  };
  const forAWhile = (begin: () => void, end: () => void): void => {
    begin();
    const leftMs = withinMs * 0.15;
    const ms = Math.min(random.within(awayMs), leftMs);
    scheduler.after(ms, undefined, 'restored', end);
  };
  const lostForLong = random.pick(regions.names);
  const lostForAWhile = random.pick(regions.names);

  sometimes('Region lost', 1, () => {
    if (!regions.names.every(regions.isUp)) return;
    forAWhile(
      () => regions.lose(lostForAWhile),
      () => regions.restore(lostForAWhile),
    );
  });
  sometimes('Region lost for long', 1, () => {
    if (regions.names.every(regions.isUp)) regions.lose(lostForLong);
  });
  sometimes('link cut', 2, () =>
    forAWhile(
      () => regions.setLinked(false),
      () => regions.setLinked(true),
    ),
  );
  const busAway = random.pick(regions.names);
  sometimes('bus away', 2, () =>
    forAWhile(
      () => bus.setAway(busAway, true),
      () => bus.setAway(busAway, false),
    ),
  );
  sometimes('deployment', 1, () => {
    lambda.deploy(2, Math.min(random.within(rolloutMs), withinMs * 0.2));
    cluster.changeCatalog();
  });
  sometimes('catalog changed', 6, () => cluster.changeCatalog());
  sometimes('operator redrives', visitsMax, () => {
    operator.redriveLetters();
    operator.redriveOutbox();
  });
  sometimes('operator replays', 1, () => {
    bus.replay(random.pick(regions.names), withinMs);
  });
  sometimes('operator republishes', 1, () => {
    const from = regions.names.filter(regions.isUp);
    if (from.length > 0) operator.republish(random.pick(regions.names), random.pick(from));
  });
};
