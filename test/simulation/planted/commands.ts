import { Conflict, OutcomeUnknown, refuse } from '../../../src/domain/kernel/index.ts';
import type { Substitutions } from '../../../src/testing/simulation/index.ts';
import { type PlantedBug, rewriting, withoutConflicts, withoutSnapshot } from './planted-bug.ts';

/** Takes a failure of COMMIT for a success. */
const swallowing = (isSwallowed: (error: unknown) => boolean): Substitutions => ({
  database: (database) => ({
    ...database,
    commit: async (transaction) => {
      try {
        await database.commit(transaction);
      } catch (error) {
        if (!isSwallowed(error)) throw error;
      }
    },
  }),
});

/** Leaves out the writes of one table in each seventh commit that has some. */
const losing = (table: string): Substitutions => {
  let count = 0;
  return {
    rows: rewriting((writes) => {
      if (!writes.some((write) => write.table === table)) return writes;
      count += 1;
      return count % 7 === 0 ? writes.filter((write) => write.table !== table) : writes;
    }),
  };
};

/**
 * Runs the work again under a new key when nobody knows whether it has committed. All other retries
 * are as they should be, so that nothing but the key is found.
 */
const retryingAnew: Substitutions = {
  retrier: (real) => ({
    run: (attempt, deadline, options) => real.run(attempt, deadline, { ...options, keyed: false }),
  }),
  unitOfWork: (real, { ids }) => ({
    execute: async ({ once, ...work }) => {
      for (let key = once.kind === 'command' ? once.key : ''; ; key = ids.uuid()) {
        try {
          const same = once.kind === 'command' ? { ...once, key } : once;
          return await real.execute({ ...work, once: same } as never);
        } catch (error) {
          if (!(error instanceof OutcomeUnknown) || once.kind !== 'command') throw error;
        }
      }
    },
  }),
};

/** Takes a refusal for the end of the work, although an earlier COMMIT of it may still land. */
const refusingInDoubt: Substitutions = {
  retrier: (real) => ({
    run: (attempt, deadline, options) =>
      real.run(
        async (number) => {
          try {
            return await attempt(number);
          } catch (error) {
            const isRefusal = error instanceof OutcomeUnknown && /^Refused now/.test(error.message);
            if (!isRefusal) throw error;
            return { status: 'refused', refusal: refuse('Refused', 'Refused') } as never;
          }
        },
        deadline,
        options,
      ),
  }),
};

/** Mistakes about commands and their transactions. */
export const commandBugs: readonly PlantedBug[] = [
  {
    name: 'a refusal is told while an earlier COMMIT may land',
    plant: () => refusingInDoubt,
    seedsMax: 600,
  },
  {
    name: 'no idempotency key of commands',
    plant: () => ({
      unitOfWork: (real, { ids }) => ({
        execute: ({ once, ...work }) =>
          real.execute({
            ...work,
            once: once.kind === 'command' ? { ...once, key: ids.uuid() } : once,
          } as never),
      }),
    }),
  },
  {
    name: 'the content of a key is not compared',
    plant: () => ({
      unitOfWork: (real) => ({
        execute: ({ once, ...work }) =>
          real.execute({
            ...work,
            once: once.kind === 'command' ? { ...once, fingerprint: '' } : once,
          } as never),
      }),
    }),
  },
  {
    name: 'a replay does not answer as the first run did',
    plant: () => ({
      unitOfWork: (real) => ({
        execute: async (work) => {
          const outcome = await real.execute(work);
          return outcome.status === 'replayed' ? { ...outcome, result: null as never } : outcome;
        },
      }),
    }),
  },
  {
    name: 'no check of conflicts: the last to commit wins',
    plant: () => ({ rows: withoutConflicts }),
  },
  {
    name: 'a unit of work reads a row outside of its snapshot',
    plant: () => ({ rows: withoutSnapshot }),
  },
  {
    name: 'an attempt decides on the state of an earlier one',
    plant: () => ({
      repository: (real) => {
        const states = new Map<string, unknown>();
        return {
          ...real,
          load: (transaction, query) => {
            const name = JSON.stringify(query);
            if (!states.has(name)) states.set(name, real.load(transaction, query));
            return states.get(name);
          },
        };
      },
    }),
  },
  {
    name: 'a conflict at COMMIT is taken for a success',
    plant: () => swallowing((error) => error instanceof Conflict),
  },
  {
    name: 'an unknown outcome is taken for a success',
    plant: () => swallowing((error) => error instanceof OutcomeUnknown),
  },
  { name: 'the record of a command is not in its transaction', plant: () => losing('idempotency') },
  { name: 'the events of a command are not in its transaction', plant: () => losing('outbox') },
  { name: 'a retry after an unknown outcome has another key', plant: () => retryingAnew },
  {
    name: 'a conflict ends a command',
    plant: () => ({ retrier: () => ({ run: (attempt) => attempt(1) }) }),
  },
  {
    name: 'the ticks of two Regions are two',
    plant: () => ({
      unitOfWork: (real, { region }) => ({
        execute: ({ once, ...work }) =>
          real.execute({
            ...work,
            once:
              once.kind === 'event' && once.consumer === 'interest'
                ? { ...once, eventId: `${once.eventId} ${region}` }
                : once,
          } as never),
      }),
    }),
  },
];
