import type { LambdaContext, LambdaHandler } from 'antipode/handlers';

/**
 * A handler that awaits the one of `serveApi` or its siblings at each invocation.
 *
 * @example
 * export const handler = handlerOf(serveApi(booking, wire));
 */
export const handlerOf =
  (serving: Promise<LambdaHandler>): ((event: unknown, context: LambdaContext) => unknown) =>
  async (event, context) =>
    (await serving)(event, context);
