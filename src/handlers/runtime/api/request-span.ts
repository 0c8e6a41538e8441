import type { LambdaContext } from '../lambda-handler.ts';
import { type InvocationSpan, invocationIds } from '../spans.ts';
import { type ApiRoutes, isHttp, methodOf, pathOf } from './http-request.ts';

/** The span of a request. */
export const requestSpan = (
  event: unknown,
  context: LambdaContext,
  routes: ApiRoutes,
  parent: string | undefined,
): InvocationSpan => ({
  name: 'answer',
  start: () => {
    const ids = invocationIds(context);
    if (!isHttp(event)) return { kind: 'server', parent, about: { trigger: 'other', ...ids } };
    const [method, path] = [methodOf(event), pathOf(event)];
    // Paths that nothing answers at are as many as callers make up.
    const route = Object.hasOwn(routes, path) ? path : undefined;
    return { kind: 'server', parent, about: { trigger: 'http', ...ids, method, path, route } };
  },
});
