/**
 * The key under which all copies of the API of one major version find each other in a process: a
 * Lambda layer has its own copy, and a bundle another one.
 */
const apiKey = Symbol.for('opentelemetry.js.api.1');

/**
 * Whether the process has registered a provider of spans, such as the SDK of a Lambda layer. It
 * asks without loading the API.
 */
export const hasProvider = (): boolean => {
  const { [apiKey]: api } = globalThis as { readonly [apiKey]?: { readonly trace?: unknown } };
  return api?.trace !== undefined;
};
