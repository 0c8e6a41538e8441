import { randomUUID } from 'node:crypto';
import type { AnyService, Json, Outcome } from '../../domain/kernel/index.ts';
import { expectSame } from '../expect-same.ts';
import type { TestRegion } from '../service/test-region.ts';
import type { TestService } from '../service/test-service.ts';
import { storedRows } from './stored-rows.ts';
import { checksFor, type Suite, suiteOf } from './suite.ts';

/** How a command is tried. Its content is all that its caller says beside the idempotency key. */
export type CommandExamples<Service extends AnyService, Command extends object> = {
  /** Before each case: a service that was reset, with the rows that the command needs. */
  readonly createSubject: () => Promise<TestService<Service>>;
  /** Sends the command in a Region under an idempotency key, as an entry does. */
  readonly send: (
    region: TestRegion<Service>,
    key: string,
    command: Command,
  ) => Promise<Outcome<Json>>;
  /** A command that is accepted. */
  readonly command: NoInfer<Command>;
  /**
   * For each field of the content another value. With it, the command is another one, which is
   * accepted after the first.
   */
  readonly others: { readonly [Field in keyof Command]-?: NoInfer<Command[Field]> };
};

/** More than one connection pool has, so that some wait for others. */
const sendersMax = 24;

const shownOf = (outcome: Outcome<Json>): unknown =>
  'result' in outcome ? { status: outcome.status, result: outcome.result } : outcome;

/** A service, and a key that no command has had. */
type Subject<Service extends AnyService> = {
  readonly service: TestService<Service>;
  readonly key: string;
};

/** The rows of a service and the ids of the events that it has published. */
const effectsOf = async <Service extends AnyService>(service: TestService<Service>) => ({
  rows: await storedRows(service.primary),
  published: service.bus.published.map(({ id }) => id),
});

/**
 * Checks that a command takes effect once, however often it is sent, and answers the same. Its
 * mistakes are a key that is not the caller's, and a fingerprint that lacks a field of the content
 * or has more than that.
 *
 * @example
 * const suite = commandContract({
 *   createSubject: async () => {
 *     await service.reset();
 *     return service;
 *   },
 *   send: ({ runner, run }, key, command) => createReserve(runner(shows))(key, command, run()),
 *   command: { show: 'hamlet', seats: 2 },
 *   others: { show: 'macbeth', seats: 3 },
 * });
 * for (const { name, run } of suite) it(name, run);
 */
export const commandContract = <Service extends AnyService, Command extends object>({
  createSubject,
  send,
  command,
  others,
}: CommandExamples<Service, Command>): Suite => {
  const commit = async (
    { service, key }: Subject<Service>,
    content: Command = command,
  ): Promise<unknown> => {
    const outcome = await send(service.primary, key, content);
    expectSame('status', outcome.status, 'committed');
    return 'result' in outcome ? outcome.result : undefined;
  };
  const subject = async () => ({ service: await createSubject(), key: randomUUID() });

  return suiteOf<Subject<Service>>(subject, {
    'takes effect once, and answers the same in either Region': async ({ service, key }) => {
      const result = await commit({ service, key });
      const before = await effectsOf(service);
      for (const region of [service.primary, service.secondary]) {
        const again = await send(region, key, command);
        expectSame('answer', shownOf(again), { status: 'replayed', result });
      }
      expectSame('rows and events', await effectsOf(service), before);
    },

    'takes effect once when it comes many times at once in both Regions': async ({
      service,
      key,
    }) => {
      const regions = [service.primary, service.secondary];
      const outcomes = await Promise.all(
        Array.from({ length: sendersMax }, (_, at) =>
          send(regions[at % 2] ?? service.primary, key, command),
        ),
      );
      const statuses = outcomes.map(({ status }) => status).toSorted();
      const replays = Array.from({ length: sendersMax - 1 }, () => 'replayed');
      expectSame('statuses', statuses, ['committed', ...replays]);
    },

    ...checksFor(Object.entries(others), ([field, value]) => {
      const other = { ...command, [field]: value };
      return {
        [`refuses another ${field} under its key, without effect`]: async ({ service, key }) => {
          await commit({ service, key });
          const before = await effectsOf(service);
          const outcome = await send(service.secondary, key, other);
          expectSame('answer', shownOf(outcome), { status: 'mismatched' });
          expectSame('rows and events', await effectsOf(service), before);
        },

        [`takes effect with another ${field} under a key of its own`]: async ({ service, key }) => {
          await commit({ service, key });
          await commit({ service, key: randomUUID() }, other);
        },
      };
    }),
  });
};
