import type { Tracer } from '../../domain/kernel/index.ts';
import { errorWithoutValues } from './describe-error.ts';

const noTracer: Tracer = { span: (_name, work) => work() };

/**
 * A tracer on AWS X-Ray, loaded only when tracing is asked for: merely importing the X-Ray SDK makes every `await`
 * of the process about fifteen times slower, because it turns on async hooks.
 */
export const loadTracer = async (enabled: boolean): Promise<Tracer> => {
  if (!enabled) return noTracer;
  const { Tracer: PowertoolsTracer } = await import('@aws-lambda-powertools/tracer');
  const powertools = new PowertoolsTracer();
  return {
    span: async <T>(name: string, work: () => Promise<T>) => {
      // The SDK's type forgets what the function returns.
      const traced = powertools.provider.captureAsyncFunc(name, async (subsegment) => {
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
