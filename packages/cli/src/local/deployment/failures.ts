/** One step of an operation on a stack. */
export type DeploymentStep = {
  readonly region: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly action: 'Create' | 'Update' | 'Delete';
  /** Whether the step is one of a roll back. */
  readonly isRollback: boolean;
};

/** Decides about each step whether it fails: its reason, or `undefined`. */
export type FailStep = (step: DeploymentStep) => string | undefined;

/** Failures that are injected into operations. */
export interface DeploymentFailures {
  /** Replaces the rule for later steps; without one no step fails by injection. */
  readonly set: (fail: FailStep | undefined) => void;
  readonly reasonFor: FailStep;
}

/**
 * Starts without failures.
 *
 * @example
 * const failures = createDeploymentFailures();
 * failures.set(({ type, action }) =>
 *   type === 'AWS::SQS::Queue' && action === 'Create' ? 'Rate exceeded' : undefined,
 * );
 */
export const createDeploymentFailures = (): DeploymentFailures => {
  let rule: FailStep | undefined;
  return {
    set: (fail) => {
      rule = fail;
    },
    reasonFor: (step) => rule?.(step),
  };
};
