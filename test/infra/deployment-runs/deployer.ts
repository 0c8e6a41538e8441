import type { App } from './app.ts';
import type { CloudFormation, StackOutcome } from './cloudformation/cloudformation.ts';

/** The end of a command: done, or a stack with the reason that CloudFormation gives. */
export type CommandOutcome =
  | { readonly done: true }
  | {
      readonly done: false;
      readonly stack: string;
      readonly status: string;
      readonly reason: string;
    };

const succeeded: ReadonlySet<string> = new Set([
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'DELETE_COMPLETE',
]);

/** Statuses in which the CDK deletes a stack before it creates it again. */
const failedCreation: ReadonlySet<string> = new Set(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED']);

/** Statuses in which CloudFormation refuses an update. */
const stuck: ReadonlySet<string> = new Set(['UPDATE_ROLLBACK_FAILED', 'DELETE_FAILED']);

const failure = (stack: string, { status, reason = status }: StackOutcome): CommandOutcome => ({
  done: false,
  stack,
  status,
  reason,
});

/** Commands of the CDK, as far as they decide about the data. */
export const createDeployer = (cloudFormation: CloudFormation) => {
  const deployStack = async ({ name, key, region, template }: App['stacks'][number]) => {
    const status = cloudFormation.status(key);
    if (status !== undefined && (stuck.has(status) || status.endsWith('_IN_PROGRESS'))) {
      return { status, reason: `Stack ${name} is in ${status} state and can not be updated` };
    }
    if (status !== undefined && failedCreation.has(status)) {
      const removed = await cloudFormation.remove(key);
      if (removed.status !== 'DELETE_COMPLETE') return removed;
    }
    return cloudFormation.status(key) === undefined
      ? cloudFormation.create(name, region, template)
      : cloudFormation.update(key, template);
  };
  return {
    /** `cdk deploy --all` */
    deploy: async (app: App): Promise<CommandOutcome> => {
      for (const stack of app.stacks) {
        const outcome = (await deployStack(stack)) as StackOutcome;
        if (outcome.refused || !succeeded.has(outcome.status)) return failure(stack.key, outcome);
      }
      return { done: true };
    },
    /** Runs the command in the output `NextStep`, which a deployment may leave to a person. */
    runOutput: async (app: App): Promise<void> => {
      for (const { key } of app.stacks) {
        const command = String(cloudFormation.output(key, 'NextStep') ?? '');
        const [, stack, parameter = '', value = ''] =
          /--parameters (\S+):(\S+)=(\S+)/.exec(command) ?? [];
        const named = app.stacks.find(({ name }) => name === stack);
        if (named) await cloudFormation.update(named.key, undefined, { [parameter]: value });
      }
    },
    /** `cdk destroy --all` */
    destroy: async (app: App): Promise<CommandOutcome> => {
      for (const { key } of app.stacks.toReversed()) {
        if (cloudFormation.status(key) === undefined) continue;
        const outcome = await cloudFormation.remove(key);
        if (!succeeded.has(outcome.status)) return failure(key, outcome);
      }
      return { done: true };
    },
  };
};

export type Deployer = ReturnType<typeof createDeployer>;
