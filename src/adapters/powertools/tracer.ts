import type { Tracer } from '../../domain/kernel/index.ts';
import { untraced } from '../../domain/kernel/observability/observability.ts';
import { errorWithoutValues } from './describe-error.ts';

const loadProvider = async () => {
  const { Tracer: PowertoolsTracer } = await import('@aws-lambda-powertools/tracer');
  return new PowertoolsTracer().provider;
};

/**
 * A tracer on AWS X-Ray, loaded only when tracing is asked for: merely importing the X-Ray SDK
 * makes every `await` of the process about fifteen times slower, because it turns on async hooks.
 *
 * It begins to load at once, during a Lambda's INIT, and the first span waits for it.
 */
export const createPowertoolsTracer = (enabled: boolean): Tracer => {
  if (!enabled) return untraced;
  const loading = loadProvider();
  // The span that waits for it says what is wrong.
  loading.catch(() => undefined);
  return {
    span: async <T>(name: string, work: () => Promise<T>) => {
      const provider = await loading;
      // The SDK's type forgets what the function returns.
      const traced = provider.captureAsyncFunc(name, async (subsegment) => {
        try {
          return await work();
        } catch (error) {
          const shown = errorWithoutValues(error);
          subsegment?.addError(shown instanceof Error ? shown : String(shown));
          throw error;
        } finally {
          subsegment?.close();
        }
      });
      return (await traced) as T;
    },
  };
};
