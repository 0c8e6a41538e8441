import { makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { expectTypeOf } from 'vitest';
import {
  StorePersistenceLayer,
  TransactionalPersistenceLayer,
} from '../../../src/adapters/powertools/index.ts';
import type {
  CommandRecords,
  EventEnvelope,
  IdempotencyStore,
  Once,
  Outcome,
  Refused,
} from '../../../src/domain/kernel/index.ts';

declare const records: CommandRecords;
declare const store: IdempotencyStore;
declare const execute: (once: Once) => Promise<Outcome<{ left: number }>>;

const layer = new TransactionalPersistenceLayer(records, { findsFirst: false });

// Another content under the same key is an exception: what is left is an answer or a refusal.
expectTypeOf(layer.run({ id: 'a' }, execute)).resolves.toEqualTypeOf<
  | {
      readonly status: 'committed';
      readonly result: { left: number };
      readonly events: readonly EventEnvelope[];
    }
  | { readonly status: 'replayed'; readonly result: { left: number } }
  | { readonly status: 'refused'; readonly refusal: Refused }
>();

// @ts-expect-error a text is no object, by which an invocation could be known
void layer.run('a', execute);
// @ts-expect-error records of commands are not a store of leases
new TransactionalPersistenceLayer(store);
// @ts-expect-error no such option
new TransactionalPersistenceLayer(records, { findFirst: false });
// @ts-expect-error a store of leases is not records of commands
new StorePersistenceLayer(records);

// Powertools takes either layer, and keeps the types of the function.
const reserve = async (request: { id: string }) => (await layer.run(request, execute)).status;
const keyPrefix = 'box.reserve';
for (const persistenceStore of [layer, new StorePersistenceLayer(store)]) {
  const idempotent = makeIdempotent(reserve, { persistenceStore, keyPrefix });
  expectTypeOf(idempotent).parameter(0).toEqualTypeOf<{ id: string }>();
}
