import type { AnyService } from '../../domain/kernel/index.ts';
import { expectSame } from '../expect-same.ts';
import type { TestService } from '../service/test-service.ts';
import { storedRows } from './stored-rows.ts';
import { type Suite, suiteOf } from './suite.ts';

/** How the consumers of a service are tried. */
export type ConsumersExamples<Service extends AnyService> = {
  /**
   * Before each case: a service that was reset, whose commands have published events for its
   * consumers.
   */
  readonly createSubject: () => Promise<TestService<Service>>;
};

/**
 * Checks that an event takes effect once for each consumer, however often it comes. Their mistake
 * is a `once` that is not the one of `run`.
 *
 * @example
 * const suite = consumersContract({
 *   createSubject: async () => {
 *     await service.reset();
 *     await reserve('r-1', command, service.primary.run());
 *     return service;
 *   },
 * });
 * for (const { name, run } of suite) it(name, run);
 */
export const consumersContract = <Service extends AnyService>({
  createSubject,
}: ConsumersExamples<Service>): Suite =>
  suiteOf(createSubject, {
    'let an event take effect once that comes again': async (service) => {
      if (service.bus.waiting.length === 0) {
        throw new Error('createSubject must have published an event that a consumer listens to');
      }
      const handled = await service.deliver();
      expectSame('committed', statuses(handled), statuses(handled, 'committed'));
      const before = await storedRows(service.primary);
      await service.bus.publisher.publish(service.bus.published, Number.POSITIVE_INFINITY);
      // The first call has delivered the events of consumers too.
      const again = await service.deliver();
      expectSame('replayed', statuses(again), statuses(again, 'replayed'));
      expectSame('rows', await storedRows(service.primary), before);
    },
  });

type Handled = { readonly consumer: string; readonly status: string };

/** Each consumer with its status, or with the one that it should have. */
const statuses = (handled: readonly Handled[], status?: string): readonly string[] =>
  handled.map((one) => `${one.consumer} ${status ?? one.status}`);
