/** Distances of a Region's endpoint to its clients and to the other Region. */
export type NetworkDelays = {
  /** Milliseconds from a client's message to its answer. */
  readonly roundTripMs: number;
  /** Milliseconds by which a COMMIT takes longer than another statement. */
  readonly commitMs: number;
};

/**
 * The network of one Region's endpoint.
 *
 * A Region that is cut off from the other Region and from the witness Region cannot commit, and
 * must not read data that the other may have changed. Its clients get no answer and no login until
 * it is joined again. Messages that they sent meanwhile run then. The other Region goes on.
 */
export interface DsqlNetwork {
  /** The distances that hold now. */
  readonly delays: () => NetworkDelays;
  /** Changes distances, for messages from now on. */
  readonly setDelays: (delays: Partial<NetworkDelays>) => void;
  /** Cuts the Region off. */
  readonly cut: () => void;
  /** Joins the Region to the others again. */
  readonly join: () => void;
  /** Resolves when the Region is joined again; `undefined` while it is. */
  readonly isolation: () => Promise<void> | undefined;
}

export const createNetwork = (initial: Partial<NetworkDelays> = {}): DsqlNetwork => {
  let delays: NetworkDelays = { roundTripMs: 0, commitMs: 0, ...initial };
  let isolation: PromiseWithResolvers<void> | undefined;
  return {
    delays: () => delays,
    setDelays: (change) => {
      delays = { ...delays, ...change };
    },
    cut: () => {
      isolation ??= Promise.withResolvers<void>();
    },
    join: () => {
      isolation?.resolve();
      isolation = undefined;
    },
    isolation: () => isolation?.promise,
  };
};
