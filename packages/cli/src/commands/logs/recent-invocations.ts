import type { Invocation } from '../../local/stack/region-services.ts';

/** Invocations that are kept; the self-check looks within seconds. */
const invocationsMax = 1_000;

/** The last invocations of all functions, for the self-check to find its own among them. */
export interface RecentInvocations {
  /** Grows as they end. */
  readonly list: readonly Invocation[];
  readonly add: (invocation: Invocation) => void;
  /** Keeps none from now on: a thousand answers of functions can be gigabytes. */
  readonly forget: () => void;
}

export const createRecentInvocations = (): RecentInvocations => {
  const list: Invocation[] = [];
  let forgotten = false;
  return {
    list,
    add: (invocation) => {
      if (forgotten) return;
      list.push(invocation);
      if (list.length > invocationsMax) list.shift();
    },
    forget: () => {
      forgotten = true;
      list.length = 0;
    },
  };
};
