import {
  type Decision,
  type DomainEvent,
  type Json,
  type Once,
  type Outcome,
  refuse,
  type UnitOfWork,
  type Work,
} from '../../../src/domain/kernel/index.ts';
import type { UnitOfWorkSubject } from '../../../src/testing/contracts/unit-of-work/unit-of-work-subject.ts';
import { type CounterQuery, type CounterState, setTo } from '../../support/counter.ts';
import type { Wrong } from '../suite.ts';

type AnyWork = Work<CounterQuery, CounterState, Json>;
type AnyDecision = Decision<CounterState, Json, DomainEvent>;
type Execute = (work: AnyWork) => Promise<Outcome>;

/** Puts something around `execute` of each process; what it keeps is known to that process only. */
const around =
  (wrap: (real: Execute) => Execute): Wrong<UnitOfWorkSubject>['apply'] =>
  (right) => {
    const wrapped = (unit: UnitOfWork<CounterQuery, CounterState>): typeof unit => ({
      execute: wrap(unit.execute as Execute) as typeof unit.execute,
    });
    return {
      ...right,
      unitOfWork: wrapped(right.unitOfWork),
      other: wrapped(right.other),
      overtaken: (counter, times) => wrapped(right.overtaken(counter, times)),
    };
  };

const changing = (change: (work: AnyWork) => AnyWork) =>
  around((execute) => async (work) => execute(change(work)));

const answering = (change: (outcome: Outcome) => Outcome) =>
  around((execute) => async (work) => change(await execute(work)));

const withDecide = (work: AnyWork, decide: (state: CounterState) => AnyDecision): AnyWork =>
  ({ ...work, decide }) as AnyWork;

const deciding = (change: (decision: AnyDecision) => AnyDecision) =>
  changing((work) => withDecide(work, (state) => change(work.decide(state))));

const withOnce = (change: (once: Once) => Once) =>
  changing((work) => ({ ...work, once: change(work.once) }) as AnyWork);

const nameOf = (once: Once): string =>
  once.kind === 'command' ? once.key : `${once.consumer}:${once.eventId}`;

/** Its own retries would be cut short by a signal that is aborted in the first attempt. */
const onlyOneAttempt = (work: AnyWork): AnyWork => {
  const controller = new AbortController();
  const decide = (state: CounterState) => {
    controller.abort();
    return work.decide(state);
  };
  return { ...withDecide(work, decide), signal: controller.signal };
};

const isJson = (value: unknown): boolean => {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
};

/** Units of work that the contract must refuse. */
export const wrongUnitsOfWork: readonly Wrong<UnitOfWorkSubject>[] = [
  {
    fault: 'ignores the signal before it begins',
    caughtBy: 'begins nothing that is aborted',
    apply: changing(({ signal: _, ...work }) => work as AnyWork),
  },
  {
    fault: 'looks at the signal only before it begins',
    caughtBy: 'runs no further attempt when it is aborted during one that loses a conflict',
    apply: around((execute) => async (work) => {
      const { signal, ...others } = work;
      return execute(signal?.aborted ? work : (others as AnyWork));
    }),
  },
  {
    fault: 'undoes an attempt that is aborted while it decides',
    caughtBy: 'commits an attempt that is aborted when it has decided and loses nothing',
    apply: changing((work) =>
      withDecide(work, (state) => {
        const decision = work.decide(state);
        return work.signal?.aborted ? refuse('Aborted', 'Aborted') : decision;
      }),
    ),
  },
  {
    fault: 'ignores its deadline',
    caughtBy: 'begins nothing after its deadline',
    apply: changing((work) => ({ ...work, deadline: Date.now() + 10_000 })),
  },
  {
    fault: 'runs one attempt only',
    caughtBy: 'decides anew on fresh reads after each conflict',
    apply: changing(onlyOneAttempt),
  },
  {
    fault: 'commits the decision of its first attempt in a later one',
    caughtBy: 'decides anew on fresh reads after each conflict',
    apply: changing((work) => {
      let first: AnyDecision | undefined;
      return withDecide(work, (state) => {
        first ??= work.decide(state);
        return first;
      });
    }),
  },
  {
    fault: 'accepts on what it has read before a conflict',
    caughtBy: 'refuses on fresh reads what it would have accepted before a conflict',
    apply: changing((work) => {
      let first: CounterState | undefined;
      return withDecide(work, (state) => {
        first ??= state;
        return work.decide(first);
      });
    }),
  },
  {
    fault: 'publishes an event of each attempt, the lost ones too',
    caughtBy: 'decides anew on fresh reads after each conflict',
    apply: changing((work) => {
      const events: DomainEvent[] = [];
      return withDecide(work, (state) => {
        const decision = work.decide(state);
        if (!decision.accepted) return decision;
        events.push(...decision.events);
        return { ...decision, events: [...events] };
      });
    }),
  },
  {
    fault: 'decides on the empty state',
    caughtBy: 'decides on what it has loaded',
    apply: changing((work) => ({ ...work, load: null }) as AnyWork),
  },
  {
    fault: 'drops the state of a decision',
    caughtBy: 'commits state, events and answer of a decision',
    apply: deciding((decision) => ({ ...decision, state: { counters: {} } }) as AnyDecision),
  },
  {
    fault: 'drops the events of a decision',
    caughtBy: 'commits state, events and answer of a decision',
    apply: deciding((decision) => ({ ...decision, events: [] }) as AnyDecision),
  },
  {
    fault: 'answers other events than it has committed',
    caughtBy: 'commits state, events and answer of a decision',
    apply: answering((outcome) => {
      if (outcome.status !== 'committed') return outcome;
      const events = outcome.events.map((event) => ({ ...event, id: crypto.randomUUID() }));
      return { ...outcome, events };
    }),
  },
  {
    fault: 'commits the first event of a decision only',
    caughtBy: 'commits all events of a decision, each once',
    apply: deciding((decision) =>
      decision.accepted && Array.isArray(decision.events)
        ? { ...decision, events: decision.events.slice(0, 1) }
        : decision,
    ),
  },
  {
    fault: 'answers a second run as if it had been committed now',
    caughtBy: 'answers the second run of a command with reads as the first, without effect',
    apply: answering((outcome) =>
      outcome.status === 'replayed' ? { ...outcome, status: 'committed', events: [] } : outcome,
    ),
  },
  {
    fault: 'knows the commands of its own process only',
    caughtBy: 'answers the second run of a command without reads as the first, without effect',
    apply: around((execute) => {
      const process = crypto.randomUUID();
      return async (work) =>
        execute(
          work.once.kind === 'command'
            ? { ...work, once: { ...work.once, key: `${process} ${work.once.key}` } }
            : work,
        );
    }),
  },
  {
    fault: 'runs a command again while its first run is under way',
    caughtBy: 'runs a command with reads once when it is sent twenty times at once',
    apply: around((execute) => {
      const known = new Map<string, Outcome>();
      return async (work) => {
        const name = nameOf(work.once);
        const before = known.get(name);
        if (before) return before;
        const key = crypto.randomUUID();
        const outcome = await execute({
          ...work,
          once: { kind: 'command', key, fingerprint: '' },
        });
        if (outcome.status === 'committed') {
          known.set(name, { status: 'replayed', result: outcome.result });
        }
        return outcome;
      };
    }),
  },
  {
    fault: 'replays a result as JSON makes it',
    caughtBy: 'replays the result of a command without reads exactly, also where JSON changes it',
    apply: answering((outcome) =>
      outcome.status === 'replayed' && isJson(outcome.result)
        ? { ...outcome, result: JSON.parse(JSON.stringify(outcome.result)) as Json }
        : outcome,
    ),
  },
  {
    fault: 'keeps null for a result that is no JSON',
    caughtBy: 'refuses a command with reads whose result is a bigint, and changes nothing',
    apply: deciding((decision) =>
      decision.accepted && !isJson(decision.result) ? { ...decision, result: null } : decision,
    ),
  },
  {
    fault: 'replays a command of another content',
    caughtBy: 'does not run a command without reads whose key was used for another content',
    apply: withOnce((once) => (once.kind === 'command' ? { ...once, fingerprint: '' } : once)),
  },
  {
    fault: 'refuses an unknown content as a fault',
    caughtBy: 'does not run a command with reads whose key was used for another content',
    apply: answering((outcome) => {
      if (outcome.status === 'mismatched') throw new Error('another content');
      return outcome;
    }),
  },
  {
    fault: 'remembers a refusal',
    caughtBy: 'saves nothing of a refused decision, and decides anew the next time',
    apply: around((execute) => {
      const refusals = new Map<string, Outcome>();
      return async (work) => {
        const name = nameOf(work.once);
        const outcome = refusals.get(name) ?? (await execute(work));
        if (outcome.status === 'refused') refusals.set(name, outcome);
        return outcome;
      };
    }),
  },
  {
    fault: 'saves a state although the decision is a refusal',
    caughtBy: 'saves nothing of a refused decision, and decides anew the next time',
    apply: around((execute) => async (work) => {
      const outcome = await execute(work);
      const [name] = work.load?.names ?? [];
      if (outcome.status === 'refused' && name !== undefined) {
        const once = { kind: 'command', key: crypto.randomUUID(), fingerprint: '' } as const;
        await execute({ ...work, once, ...({ decide: setTo(name, 1) } as object) } as AnyWork);
      }
      return outcome;
    }),
  },
  {
    fault: 'leaves out an event that is too large',
    caughtBy: 'commits nothing of work without reads whose event is too large to be published',
    apply: deciding((decision) =>
      decision.accepted && Array.isArray(decision.events)
        ? {
            ...decision,
            events: decision.events.filter(
              (event) => JSON.stringify(event ?? null).length < 20_000,
            ),
          }
        : decision,
    ),
  },
  {
    fault: 'handles an event that reads nothing as often as it comes',
    caughtBy: 'handles an event that reads nothing once',
    apply: changing((work) =>
      work.once.kind === 'event' && !work.load
        ? { ...work, once: { ...work.once, eventId: crypto.randomUUID() } }
        : work,
    ),
  },
  {
    fault: 'takes an event for handled that another consumer has handled',
    caughtBy: 'handles an event once per consumer',
    apply: withOnce((once) => (once.kind === 'event' ? { ...once, consumer: 'any' } : once)),
  },
  {
    fault: 'takes an event for a command whose key is its id',
    caughtBy: 'takes two records for one only if they have the same name and kind',
    apply: withOnce((once) =>
      once.kind === 'event' ? { kind: 'command', key: once.eventId, fingerprint: 'same' } : once,
    ),
  },
  {
    fault: 'knows work by names that are joined',
    caughtBy: 'takes two records for one only if they have the same name and kind',
    apply: withOnce((once) =>
      once.kind === 'event' ? { ...once, consumer: 'any', eventId: nameOf(once) } : once,
    ),
  },
  {
    fault: 'does not tell capitals apart in a key',
    caughtBy: 'takes two records for one only if they have the same name and kind',
    apply: withOnce((once) =>
      once.kind === 'command' ? { ...once, key: once.key.toLowerCase() } : once,
    ),
  },
  {
    fault: 'trims a key',
    caughtBy: 'takes two records for one only if they have the same name and kind',
    apply: withOnce((once) => (once.kind === 'command' ? { ...once, key: once.key.trim() } : once)),
  },
  {
    fault: 'gives a key to work that has an empty one',
    caughtBy: 'refuses work with an empty key, and commits nothing',
    apply: withOnce((once) =>
      once.kind === 'command' && once.key === '' ? { ...once, key: crypto.randomUUID() } : once,
    ),
  },
];
