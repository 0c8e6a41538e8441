import { randomUUID } from 'node:crypto';
import type { AnyService, Json, Outcome } from '../../domain/kernel/index.ts';
import { expectSame } from '../expect-same.ts';
import type { TestRegion } from '../service/test-region.ts';
import type { TestService } from '../service/test-service.ts';
import { storedRows } from './stored-rows.ts';
import type { Suite } from './suite.ts';

/** How a command is tried. */
export type CommandExamples<Service extends AnyService, Command> = {
  /** Before each case: a service that was reset, with the rows that the command needs. */
  readonly createSubject: () => Promise<TestService<Service>>;
  /** Sends the command in a Region under an idempotency key, as an entry does. */
  readonly send: (
    region: TestRegion<Service>,
    key: string,
    command: Command,
  ) => Promise<Outcome<Json>>;
  /** A command that is accepted. */
  readonly command: Command;
  /** The command with another content, which is accepted after the first one. */
  readonly other: Command;
};

/** More than one connection pool has, so that some wait for others. */
const sendersMax = 24;

const shownOf = (outcome: Outcome<Json>): unknown =>
  'result' in outcome ? { status: outcome.status, result: outcome.result } : outcome;

/**
 * Checks that a command takes effect once, however often it is sent, and answers the same. Its
 * mistakes are a key that is not the caller's, and a fingerprint that lacks a part of the content
 * or has more than that.
 *
 * @param name of the command, for the titles
 * @param suite `describe`, `it` and `beforeEach` of Vitest or `node:test`
 * @example
 * commandContract('reserve', {
 *   createSubject: async () => {
 *     await service.reset();
 *     return service;
 *   },
 *   send: ({ runner, run }, key, command) => createReserve(runner(shows))(key, command, run()),
 *   command: { show: 'hamlet', seats: 2 },
 *   other: { show: 'hamlet', seats: 3 },
 * }, { describe, it, beforeEach });
 */
export const commandContract = <Service extends AnyService, Command>(
  name: string,
  { createSubject, send, command, other }: CommandExamples<Service, Command>,
  { describe, it, beforeEach }: Suite,
): void => {
  describe(`command: ${name}`, () => {
    let service: TestService<Service>;
    let key: string;
    beforeEach(async () => {
      service = await createSubject();
      key = randomUUID();
    });
    const rows = () => storedRows(service.primary);
    const published = () => service.bus.published.map(({ id }) => id);
    const commit = async (command: Command, under = key): Promise<unknown> => {
      const outcome = await send(service.primary, under, command);
      expectSame('status', outcome.status, 'committed');
      return 'result' in outcome ? outcome.result : undefined;
    };

    it('takes effect once, and answers the same in either Region', async () => {
      const result = await commit(command);
      const before = [await rows(), published()];
      for (const region of [service.primary, service.secondary]) {
        const again = await send(region, key, command);
        expectSame('answer', shownOf(again), { status: 'replayed', result });
      }
      expectSame('rows and events', [await rows(), published()], before);
    });

    it('takes effect once when it comes many times at once in both Regions', async () => {
      const regions = [service.primary, service.secondary];
      const outcomes = await Promise.all(
        Array.from({ length: sendersMax }, (_, at) =>
          send(regions[at % 2] ?? service.primary, key, command),
        ),
      );
      const statuses = outcomes.map(({ status }) => status).toSorted();
      const replays = Array.from({ length: sendersMax - 1 }, () => 'replayed');
      expectSame('statuses', statuses, ['committed', ...replays]);
    });

    it('refuses another content under its key, without effect', async () => {
      await commit(command);
      const before = [await rows(), published()];
      const outcome = await send(service.secondary, key, other);
      expectSame('answer', shownOf(outcome), { status: 'mismatched' });
      expectSame('rows and events', [await rows(), published()], before);
    });

    it('takes effect under each key', async () => {
      await commit(command);
      await commit(other, randomUUID());
    });
  });
};
