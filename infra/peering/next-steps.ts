/** The texts that messages of the functions end with, and that the next steps below explain. */
export const deployAgain =
  'Deploy again: the deployment goes on where this one ended. If it fails like this again, look at both clusters in the console of DSQL';
export const destroyAgain =
  'Destroy again: it goes on where this one ended. If it fails like this again, look at both clusters in the console of DSQL';

/** One thing to do after a command that failed. */
export type NextAction =
  | 'run the commands in the message'
  | 'delete the clusters in the message'
  | 'continue the roll back'
  | 'delete the stack'
  | 'correct the migration'
  | 'set the variable back'
  | 'destroy'
  | 'run the command again';

/** A failure of a deployment or a deletion as a person meets it, and the way on. */
export type NextStep = {
  /** The status of the stack that failed; any unless given. */
  readonly status?: string;
  /** A text in the reason that CloudFormation shows; any unless given. */
  readonly reason?: string;
  /** The way on, in words. The guide to deployments has the same sentence. */
  readonly step: string;
  readonly actions: readonly NextAction[];
};

const otherRegions =
  'The service exists in other Regions: set `PRIMARY_REGION` and `SECONDARY_REGION` back, then deploy again.';
const otherRegionsOfNewStack = `Run \`aws cloudformation delete-stack --stack-name STACK\`. ${otherRegions}`;

/**
 * The way on after each failure of the stacks that hold data. The first that fits is right. A
 * person waits first until no stack is in progress. The seeded runs in `test/infra/deployment-runs`
 * take each step.
 */
export const nextSteps: readonly NextStep[] = [
  {
    reason: '_IN_PROGRESS state and can not be updated',
    step: 'Deploy again.',
    actions: ['run the command again'],
  },
  {
    reason: 'DELETE_FAILED state and can not be updated',
    step: 'Run `aws cloudformation delete-stack --stack-name STACK`, then deploy again.',
    actions: ['delete the stack', 'run the command again'],
  },
  {
    reason: '--no-deletion-protection-enabled',
    step: 'Run the command in the message, then destroy again.',
    actions: ['run the commands in the message', 'run the command again'],
  },
  {
    reason: 'destroy the stack of',
    step: 'Destroy the stack that the message names by its cluster, then deploy again.',
    actions: ['destroy', 'run the command again'],
  },
  {
    reason: 'which may hold data',
    step: 'Run the commands in the message, then deploy again.',
    actions: ['run the commands in the message', 'run the command again'],
  },
  {
    reason: '--multi-region-properties',
    step: 'Run the command in the message, then deploy again.',
    actions: ['run the commands in the message', 'run the command again'],
  },
  {
    reason: 'which cannot become',
    step: 'Set the variable as the message says, then deploy again.',
    actions: ['set the variable back', 'run the command again'],
  },
  {
    reason: 'cannot change, since the cluster holds data',
    step: 'Set the variable in the message back, then deploy again. Nothing has changed.',
    actions: ['set the variable back', 'run the command again'],
  },
  ...['-one-primary', '-one-secondary'].flatMap((reason): readonly NextStep[] => [
    {
      ...{ status: 'ROLLBACK_COMPLETE', reason, step: otherRegionsOfNewStack },
      actions: ['delete the stack', 'set the variable back', 'run the command again'],
    },
    { reason, step: otherRegions, actions: ['set the variable back', 'run the command again'] },
  ]),
  {
    reason: 'correct this migration',
    step: 'Correct the migration in the message, or take it out, then deploy again.',
    actions: ['correct the migration', 'run the command again'],
  },
  {
    status: 'UPDATE_ROLLBACK_FAILED',
    step: 'Run `aws cloudformation continue-update-rollback --stack-name STACK`, then deploy again.',
    actions: ['continue the roll back', 'run the command again'],
  },
  {
    status: 'ROLLBACK_FAILED',
    reason: 'has deletion protection',
    step: 'Run `aws dsql update-cluster --no-deletion-protection-enabled`, then `aws dsql delete-cluster`, for the cluster in the message, which is empty. Then deploy again.',
    actions: ['delete the clusters in the message', 'run the command again'],
  },
  {
    status: 'ROLLBACK_FAILED',
    step: 'Deploy again: the CDK deletes the stack first.',
    actions: ['run the command again'],
  },
  {
    status: 'ROLLBACK_COMPLETE',
    step: 'Deploy again: the CDK deletes the stack first.',
    actions: ['run the command again'],
  },
  {
    status: 'UPDATE_ROLLBACK_COMPLETE',
    step: 'Deploy again: the deployment goes on where this one ended.',
    actions: ['run the command again'],
  },
  {
    status: 'DELETE_FAILED',
    step: 'Destroy again: it goes on where this one ended.',
    actions: ['run the command again'],
  },
];

/**
 * Finds the way on after a failure.
 *
 * @returns `undefined` where none is documented
 */
export const findNextStep = (failure: {
  readonly status: string;
  readonly reason: string;
}): NextStep | undefined =>
  nextSteps.find(
    ({ status = failure.status, reason = '' }) =>
      status === failure.status && failure.reason.includes(reason),
  );
