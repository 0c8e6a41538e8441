import { expectTypeOf } from 'vitest';
import type { DecidedEventOf, WorkRunner } from '../../../src/domain/kernel/index.ts';
import type { ServiceParts } from '../../../src/handlers/runtime/index.ts';
import {
  createTestService,
  type TestDatabase,
  type TestRegion,
} from '../../../src/testing/index.ts';
import {
  type Booking,
  booking,
  countSeats,
  occupancy,
  type Show,
  type ShowQuery,
  shows,
} from '../booking.ts';

declare const parts: TestRegion<Booking>;
declare const database: TestDatabase;

// A function that wires an entry of Lambda wires a test as well.
expectTypeOf(parts).toExtend<ServiceParts<Booking>>();
const wireOccupancy = ({ runner, region }: ServiceParts<Booking>) =>
  countSeats(runner(occupancy), region);
declare const notices: (parts: ServiceParts<Booking>) => () => Promise<never>;

expectTypeOf(parts.runner(shows)).toEqualTypeOf<
  WorkRunner<ShowQuery, Show, DecidedEventOf<Booking>>
>();

const consumers = { occupancy: wireOccupancy, notices };
createTestService(booking, database, { consumers });
createTestService(booking, database, {
  consumers: {
    ...consumers,
    notices: () => async (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'SeatsReserved'>();
      return { status: 'replayed', result: null };
    },
  },
});
// @ts-expect-error a declared consumer was left out
createTestService(booking, database, { consumers: { occupancy: wireOccupancy } });
// @ts-expect-error a consumer that is not declared
createTestService(booking, database, { consumers: { ...consumers, audit: notices } });
declare const onlyReserved: (event: { readonly type: 'SeatsReserved' }) => Promise<never>;
const narrow = { ...consumers, occupancy: () => onlyReserved };
// @ts-expect-error the use case of another consumer: it does not take all events that this one gets
createTestService(booking, database, { consumers: narrow });
