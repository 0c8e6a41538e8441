import { quoteIdentifier, statement } from '../../adapters/dsql/index.ts';
import {
  createOutboxInspection,
  type OutboxInspection,
} from '../../adapters/dsql/records/outbox/outbox-inspection.ts';
import { query } from '../../adapters/dsql/transaction/query.ts';
import type { AnyService, Clock, Ids } from '../../domain/kernel/index.ts';
import type { TestDatabase } from '../database/test-database.ts';
import type { FailureControl } from './failures.ts';
import type { Journal } from './journal.ts';
import type { Delivery, MemoryBus } from './memory-bus.ts';
import type { RegionSide } from './region-side.ts';
import { createTestRegion } from './test-region.ts';

type TestRegionsDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly journal: Journal;
  readonly failures: FailureControl;
  readonly bus: Pick<MemoryBus<unknown>, 'publisher' | 'isReachable'>;
};

/** Both Regions of a test service, and what they have in common. */
export const createTestRegions = <Service extends AnyService>(
  service: Service,
  database: Pick<TestDatabase, 'primary' | 'secondary'>,
  deps: TestRegionsDeps,
) => {
  const { failures, bus } = deps;
  const create = (side: RegionSide) => ({
    side,
    ...createTestRegion(service, database[side], { ...deps, side, publisher: bus.publisher }),
  });
  const [primary, secondary] = [create('primary'), create('secondary')];
  const both = [primary, secondary];
  const present = () => database[failures.isLost('primary') ? 'secondary' : 'primary'];
  const sideOf = (region: string): RegionSide =>
    region === database.primary.region ? 'primary' : 'secondary';

  const marked = async (): Promise<void> => {
    await Promise.all(both.map((region) => region.marked()));
  };
  return {
    parts: { primary: primary.parts, secondary: secondary.parts },
    /** Waits for the marks of events that commands have published. */
    marked,
    /** Runs the relay of each Region that is not lost. */
    relay: async (): Promise<number> => {
      await marked();
      // Each attempt that fails would put the next one off by some seconds.
      if (!bus.isReachable) return 0;
      let published = 0;
      const isAlone = both.some(({ side }) => failures.isLost(side));
      for (const { side, relay } of both) {
        if (!failures.isLost(side)) published += (await relay(isAlone)).published;
      }
      return published;
    },
    isLost: (region: string): boolean => failures.isLost(sideOf(region)),
    /** Why a delivery cannot come now: a lost Region, or a link that is cut. */
    heldBecause: ({ region, event }: Delivery): string | undefined => {
      if (failures.isLost(sideOf(region))) return `${region} is lost`;
      const isCopy = region !== event.originregion;
      return isCopy && failures.isLinkCut() ? 'the link between the Regions is cut' : undefined;
    },
    /** The outbox in a Region that is not lost. */
    inspection: (): OutboxInspection => {
      const { connections, schema } = present();
      return createOutboxInspection(connections, { schema });
    },
    /** The events whose rows are in the outbox. */
    storedIds: async (): Promise<ReadonlySet<string>> => {
      const { connections, schema } = present();
      const ids = statement<{ id: string }>(`SELECT id FROM ${quoteIdentifier(schema)}.outbox`);
      const { rows } = await query(connections, ids, { writes: false });
      return new Set(rows.map(({ id }) => id));
    },
  };
};
