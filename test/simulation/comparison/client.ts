import type { RequestFault } from './schedule.ts';

/** Lets a client wait before each of its requests, until a schedule lets it go on. */
export type Gate = (request: string) => Promise<RequestFault | undefined>;

/** A client whose requests a schedule lets through one by one. */
export interface SteppedClient {
  /** Resolves when it waits before a request, or has ended. */
  readonly atRest: () => Promise<void>;
  /** The request before which it waits; `undefined` when it has ended. */
  readonly waitsFor: () => string | undefined;
  /** Lets it go on, once it is at rest. */
  readonly go: (fault: RequestFault | undefined) => void;
}

/** Starts a client; `run` waits at the gate before each request. */
export const steppedClient = (run: (gate: Gate) => Promise<void>): SteppedClient => {
  let waiting: { request: string; release: (fault: RequestFault | undefined) => void } | undefined;
  let rest = Promise.withResolvers<void>();
  let failure: { readonly error: unknown } | undefined;

  const gate: Gate = (request) =>
    new Promise((release) => {
      waiting = { request, release };
      rest.resolve();
    });
  run(gate).then(
    () => rest.resolve(),
    (error: unknown) => {
      failure = { error };
      rest.resolve();
    },
  );
  return {
    atRest: async () => {
      await rest.promise;
      if (failure) throw failure.error;
    },
    waitsFor: () => waiting?.request,
    go: (fault) => {
      const { release } = waiting ?? {};
      if (!release) throw new Error('The client waits for nothing');
      waiting = undefined;
      rest = Promise.withResolvers();
      release(fault);
    },
  };
};
