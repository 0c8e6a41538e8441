import { array, number, object, string } from 'valibot';
import { expectTypeOf } from 'vitest';
import { declareEvents, defineService } from '../../../../src/domain/kernel/index.ts';

type V1 = { readonly seat: string };
type V2 = { readonly seats: string[] };
const schema = object({ seats: array(string()), count: number() });
const fromV1 = ({ seat }: V1): V2 => ({ seats: [seat] });
const fromV2 = ({ seats }: V2) => ({ seats, count: seats.length });

const catalogue = declareEvents('shop.box', {
  Reserved: {
    version: 3,
    schema,
    upcast: { 1: fromV1, 2: fromV2 },
    description: 'Seats are taken',
  },
});
// A reader gets the newest version, a decision says it.
expectTypeOf(catalogue.parse({}).data).toEqualTypeOf<{ seats: string[]; count: number }>();
expectTypeOf<Parameters<typeof catalogue.envelop>[0]['schemaVersion']>().toEqualTypeOf<3>();

// @ts-expect-error no upcast from 1 and 2
declareEvents('shop.box', { Reserved: { version: 3, schema } });
// @ts-expect-error no upcast from 1
declareEvents('shop.box', { Reserved: { version: 3, schema, upcast: { 2: fromV2 } } });
// @ts-expect-error no upcast from 2
declareEvents('shop.box', { Reserved: { version: 3, schema, upcast: { 1: fromV1 } } });
declareEvents('shop.box', { Reserved: { version: 3, oldestVersion: 3, schema } });
declareEvents('shop.box', {
  Reserved: { version: 3, oldestVersion: 2, schema, upcast: { 2: fromV2 } },
});

// The last step returns the data of the schema.
declareEvents('shop.box', {
  // @ts-expect-error `count` is missing
  Reserved: { version: 2, schema, upcast: { 1: fromV1 } },
});
// Each step returns the data that the next one takes.
const toNumber = ({ seat }: V1) => ({ seats: seat.length });
declareEvents('shop.box', {
  // @ts-expect-error the seats are a number
  Reserved: { version: 3, schema, upcast: { 1: toNumber, 2: fromV2 } },
});
declareEvents('shop.box', {
  // @ts-expect-error a promise
  Reserved: { version: 2, schema, upcast: { 1: async (data: V2) => fromV2(data) } },
});

// A service declares its events by the same rules.
const parts = { name: 'box', source: 'shop.box', schema: 'box', migrations: [], consumers: {} };
// @ts-expect-error no upcast from 1
void defineService({ ...parts, events: { Reserved: { version: 2, schema } } });
void defineService({
  ...parts,
  events: { Reserved: { version: 2, schema, upcast: { 1: fromV2 } } },
});

// The compiler counts to 99; `declareEvents` checks the others.
declareEvents('shop.box', { Reserved: { version: 20_260_101, schema } });
declare const version: number;
declareEvents('shop.box', { Reserved: { version, schema } });
