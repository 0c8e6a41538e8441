import { findNextStep, type NextAction } from '../../../infra/peering/next-steps.ts';
import type { App } from './app.ts';
import type { CommandOutcome, Deployer } from './deployer.ts';
import type { World } from './world.ts';

type Failure = Extract<CommandOutcome, { readonly done: false }>;

/** The command that had failed. */
export type Command = 'deploy' | 'destroy';

type StepDeps = {
  readonly app: App;
  readonly world: World;
  readonly deployer: Deployer;
};

const done: CommandOutcome = { done: true };

const unprotect =
  /aws dsql update-cluster --region (\S+) --identifier (\S+) --no-deletion-protection-enabled/g;

/** A look at a stack that changes; the updates that a function begins take minutes. */
const pollMs = 15_000;

const atRest = async ({ app, world: { cloudFormation, time } }: StepDeps): Promise<void> => {
  const isBusy = ({ key }: { readonly key: string }): boolean =>
    cloudFormation.status(key)?.endsWith('_IN_PROGRESS') ?? false;
  while (app.stacks.some(isBusy)) await time.sleep(pollMs);
};

const act = async (
  action: NextAction,
  command: Command,
  { stack, reason }: Failure,
  { app, world, deployer }: StepDeps,
): Promise<CommandOutcome> => {
  const { registry, cloudFormation } = world;
  switch (action) {
    case 'run the commands in the message':
      for (const [, region = '', identifier = ''] of reason.matchAll(unprotect)) {
        const cluster = registry.find(region, identifier);
        if (cluster) registry.update(cluster, { deletionProtectionEnabled: false });
      }
      return done;
    case 'delete the clusters in the message':
      for (const cluster of registry.list()) {
        if (!reason.includes(cluster.identifier)) continue;
        registry.remove(registry.update(cluster, { deletionProtectionEnabled: false }));
      }
      return done;
    case 'continue the roll back': {
      const { status, reason: why = status } = await cloudFormation.continueRollback(stack);
      return status === 'UPDATE_ROLLBACK_COMPLETE'
        ? done
        : { done: false, stack, status, reason: why };
    }
    case 'delete the stack': {
      const { status, reason: why = status } = await cloudFormation.remove(stack);
      return status === 'DELETE_COMPLETE' ? done : { done: false, stack, status, reason: why };
    }
    case 'correct the migration':
      world.refuseMigrations(false);
      return done;
    case 'set the variable back':
      // The command that follows runs with the settings of the first deployment.
      return done;
    case 'destroy':
      return deployer.destroy(app);
    default:
      return command === 'deploy' ? deployer.deploy(app) : deployer.destroy(app);
  }
};

/**
 * Does what the documents say after a command that failed.
 *
 * @returns `undefined` where they say nothing
 */
export const takeNextStep = async (
  command: Command,
  failure: Failure,
  deps: StepDeps,
): Promise<CommandOutcome | undefined> => {
  const step = findNextStep(failure);
  if (step === undefined) return undefined;
  await atRest(deps);
  let outcome: CommandOutcome = done;
  for (const action of step.actions) {
    outcome = await act(action, command, failure, deps);
    if (!outcome.done) return outcome;
  }
  return outcome;
};
