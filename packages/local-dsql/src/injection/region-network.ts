/** How far a Region's endpoint is from its clients and from the other Regions; may be changed at any time. */
export type NetworkDelays = {
  /** Between a client's message and its answer, in milliseconds. */
  readonly roundTripMs: number;
  /** What a COMMIT takes longer than another statement, in milliseconds. */
  readonly commitMs: number;
};

/**
 * The network of one Region's endpoint.
 *
 * A Region that is cut off from the other one and from the witness cannot commit, and must not read what the
 * others may have changed: until it is joined again its clients get no answer, and nobody is let in. The other
 * Region goes on. What was sent meanwhile runs when the Region is joined.
 */
export interface DsqlNetwork {
  readonly delays: () => NetworkDelays;
  readonly setDelays: (delays: Partial<NetworkDelays>) => void;
  readonly cut: () => void;
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
