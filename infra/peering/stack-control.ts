/** A stack as CloudFormation describes it. */
export type StackState = {
  /** Such as `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly parameters: Readonly<Record<string, string>>;
};

/** CloudFormation, for the stacks of one Region. Each call is one attempt. */
export interface StackControl {
  readonly describe: (stackId: string, signal: AbortSignal) => Promise<StackState>;
  /**
   * Begins an update of a stack whose template stays. Parameters without a new value keep theirs.
   *
   * @param change.resourceTypes the types that the update may touch; CloudFormation refuses others
   */
  readonly update: (
    stackId: string,
    change: {
      readonly parameters: Readonly<Record<string, string>>;
      readonly kept: readonly string[];
      readonly resourceTypes: readonly string[];
    },
    signal: AbortSignal,
  ) => Promise<void>;
}
