import type { Json, Outcome } from '../../../src/domain/kernel/index.ts';
import { commandContract, type TestRegion, type TestService } from '../../../src/testing/index.ts';
import type { Booking } from '../booking.ts';

declare const service: TestService<Booking>;
type Content = { readonly show: string; readonly seats: number; readonly note?: string };
declare const send: (
  region: TestRegion<Booking>,
  key: string,
  content: Content,
) => Promise<Outcome<Json>>;

const examples = {
  createSubject: async () => service,
  send,
  command: { show: 'hamlet', seats: 2 },
};
const others = { show: 'macbeth', seats: 3, note: 'aisle' };
commandContract({ ...examples, others });
const { note: _, ...withoutNote } = others;
// @ts-expect-error a field that may be left out belongs to the content too
commandContract({ ...examples, others: withoutNote });
// @ts-expect-error a value of another type
commandContract({ ...examples, others: { ...others, seats: '3' } });
