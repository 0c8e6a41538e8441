import type { CustomResourceEvent } from '../../../../src/handlers/runtime/custom-resource/custom-resource.ts';
import type { Faults } from '../faults.ts';
import type { Random } from '../random.ts';
import { type VirtualTime, within } from '../virtual-time.ts';

/** One run of a function. After its end nothing that it still does has an effect. */
export type Run = { alive: boolean };

/** Waits for ever: a process that was killed does not go on. */
export const never = (): Promise<never> => new Promise(() => undefined);

/** Hands on the result of a call to a run that is alive. */
export const whileAlive = async <T>(run: Run, call: () => Promise<T>): Promise<T> => {
  if (!run.alive) return never();
  try {
    const result = await call();
    return run.alive ? result : await never();
  } catch (error) {
    if (run.alive) throw error;
    return never();
  }
};

type Invocation = {
  readonly event: CustomResourceEvent;
  readonly timeoutMs: number;
  readonly handler: (
    run: Run,
  ) => (
    event: CustomResourceEvent,
    context: { readonly getRemainingTimeInMillis: () => number },
  ) => Promise<void>;
};

/** Lambda tries an asynchronous invocation again after these pauses. */
const retryPausesMs = [60_000, 120_000];

/**
 * Runs a function as Lambda does for an event that nobody waits for: up to three times, while it
 * fails, is killed or runs out of time; sometimes twice at once.
 */
export const createLambda = (time: VirtualTime, random: Random, faults: () => Faults) => {
  const runOnce = async ({ event, timeoutMs, handler }: Invocation): Promise<boolean> => {
    const run: Run = { alive: true };
    const end = time.now() + timeoutMs;
    const context = { getRemainingTimeInMillis: () => end - time.now() };
    const killAfterMs = random.happens(faults().kills)
      ? random.whole(0, random.pick([3_000, 30_000, timeoutMs]))
      : undefined;
    const work = handler(run)(event, context).then(
      () => true,
      () => false,
    );
    const succeeded = await within(killAfterMs ?? timeoutMs, work, () => false);
    run.alive = false;
    return succeeded;
  };
  return async (invocation: Invocation): Promise<void> => {
    if (random.happens(faults().twice)) void runOnce(invocation);
    for (const pauseMs of [...retryPausesMs, undefined]) {
      if ((await runOnce(invocation)) || pauseMs === undefined) return;
      await time.sleep(pauseMs);
    }
  };
};
