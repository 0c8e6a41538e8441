import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, ContextManager } from '@opentelemetry/api';

/** Keeps the context of each chain of promises, as the one of OpenTelemetry's SDK for Node does. */
export const createContextManager = (root: Context): ContextManager => {
  const contexts = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => contexts.getStore() ?? root,
    with: (context, work, self, ...given) =>
      contexts.run(context, () => work.apply(self as ThisParameterType<typeof work>, given)),
    bind: (context, target) =>
      typeof target === 'function'
        ? (((...given: readonly unknown[]) =>
            contexts.run(context, () => target(...given))) as typeof target)
        : target,
    enable: () => manager,
    disable: () => {
      contexts.disable();
      return manager;
    },
  };
  return manager;
};
