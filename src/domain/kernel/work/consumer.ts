import type { Once, RunContext } from './unit-of-work.ts';

/**
 * The handler of an event gives this to its use case. `once` has the consumer's name and the
 * event's id, so that the use case names neither.
 */
export type ConsumerContext = RunContext & {
  readonly once: Extract<Once, { readonly kind: 'event' }>;
  /**
   * The name of the replay of an archive that has brought the event; absent for one that has just
   * been published. The inbox skips replayed events that the consumer has handled before.
   */
  readonly replay?: string;
};

/**
 * Characters of a consumer's name: the name and an event's id are a key of DSQL, which takes 1 KiB.
 */
const consumerNameLengthMax = 128;

/**
 * Why a text is no name of a consumer, as the end of a sentence; `undefined` when it is one.
 *
 * The name is the consumer's in the inbox: another one makes it a new consumer, which has handled
 * nothing yet.
 */
export const consumerNameProblem = (name: unknown): string | undefined => {
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name)) {
    return 'must be a text of letters, digits, ".", "_" and "-"';
  }
  if (name.length <= consumerNameLengthMax) return undefined;
  return `must have at most ${consumerNameLengthMax} characters`;
};
