import type { ReviewState } from '../bank/consumers.ts';
import { type PlantedBug, rewriting } from './planted-bug.ts';

/** Mistakes about consumers, their queues and their dead letters. */
export const consumerBugs: readonly PlantedBug[] = [
  {
    name: 'no inbox',
    plant: () => ({
      unitOfWork: (real, { ids }) => ({
        execute: ({ once, ...work }) =>
          real.execute({
            ...work,
            once: once.kind === 'event' && !once.order ? { ...once, eventId: ids.uuid() } : once,
          } as never),
      }),
    }),
  },
  {
    name: 'two consumers share a name in the inbox',
    plant: () => ({
      unitOfWork: (real) => ({
        execute: ({ once, ...work }) =>
          real.execute({
            ...work,
            once: once.kind === 'event' ? { ...once, consumer: 'one' } : once,
          } as never),
      }),
    }),
  },
  {
    name: 'the inbox is written without the effect',
    plant: () => {
      let count = 0;
      return {
        rows: rewriting((writes) => {
          if (!writes.some(({ table }) => table === 'inbox')) return writes;
          count += 1;
          return count % 11 === 0 ? writes.filter(({ table }) => table === 'inbox') : writes;
        }),
      };
    },
  },
  {
    name: 'a consumer answers before it has committed',
    plant: () => ({
      unitOfWork: (real) => ({
        execute: async (work) => {
          if (work.once.kind === 'command') return real.execute(work);
          real.execute(work).catch(() => undefined);
          return { status: 'replayed', result: null as never };
        },
      }),
    }),
  },
  { name: 'an ordered consumer keeps no order', plant: () => ({ isUnordered: true }) },
  {
    name: 'an ordered consumer passes over what waits',
    plant: () => ({
      unitOfWork: (real) => ({
        execute: ({ once, ...work }) => {
          if (once.kind === 'command') return real.execute({ ...work, once });
          const { order: _, ...unordered } = once;
          return real.execute({ ...work, once: unordered });
        },
      }),
    }),
  },
  {
    name: 'a stale timeout is accepted',
    plant: () => ({
      repository: (real) => ({
        ...real,
        load: (transaction, query) => {
          const state = real.load(transaction, query);
          const review = state as ReviewState | undefined;
          return review?.status === 'settled' ? { ...review, status: 'open' } : state;
        },
      }),
    }),
  },
  {
    name: 'an older version is not upcast',
    plant: () => ({
      declaration: (service, version) => {
        if (version === 1) return service;
        const parse: typeof service.catalogue.parse = (wire) => {
          const { schemaversion } = wire as { readonly schemaversion?: number };
          const event = service.catalogue.parse(wire);
          if (schemaversion === 1 && event.type === 'Credited') {
            throw new TypeError('The event has no other account');
          }
          return event;
        };
        return { ...service, catalogue: { ...service.catalogue, parse } };
      },
    }),
    seedsMax: 80,
  },
  {
    name: 'an event that cannot be read is dropped',
    plant: () => ({ keepsDeadLetter: () => false }),
    seedsMax: 80,
  },
  {
    name: 'a handler acknowledges an event that it could not handle',
    plant: () => ({
      handler: (handler, name) => async (event, context) => {
        try {
          return await handler(event, context);
        } catch (error) {
          if (name === 'api') throw error;
          return undefined;
        }
      },
    }),
  },
  {
    name: 'a batch does not name the messages that have failed',
    plant: () => ({
      handler: (handler, name) => async (event, context) => {
        const answer = await handler(event, context);
        return name === 'totals' ? { batchItemFailures: [] } : answer;
      },
    }),
  },
];
