import type { StackControl } from '../../../infra/peering/stack-control.ts';
import type { CloudFormation } from './cloudformation/cloudformation.ts';
import { type Run, whileAlive } from './cloudformation/lambda.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

type Deps = {
  readonly cloudFormation: CloudFormation;
  readonly time: VirtualTime;
  readonly run: Run;
  readonly random: Random;
  readonly faults: () => Faults;
};

const roundTripMs = 100;

const failure = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name });

/** CloudFormation as one run of a function reaches it: throttled, and with lost answers. */
export const createStackControl = (deps: Deps): StackControl => {
  const { cloudFormation, time, run, random, faults } = deps;
  const call = <T>(request: () => T): Promise<T> =>
    whileAlive(run, async () => {
      await time.sleep(roundTripMs);
      const { throttled = 0, lostAnswer = 0 } = faults().handler;
      if (random.happens(throttled)) throw failure('Throttling', 'Rate exceeded');
      const answer = request();
      if (random.happens(lostAnswer)) throw failure('TimeoutError', 'No answer in time');
      return answer;
    });
  return {
    describe: (stackId) =>
      call(() => ({
        status: cloudFormation.status(stackId) ?? 'DELETE_COMPLETE',
        parameters: cloudFormation.parameters(stackId),
      })),
    update: (stackId, { parameters }) =>
      call(() => {
        const status = cloudFormation.status(stackId) ?? 'DELETE_COMPLETE';
        if (!/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(status)) {
          throw failure('ValidationError', `Stack is in ${status} state and can not be updated`);
        }
        void cloudFormation.update(stackId, undefined, parameters);
      }),
  };
};
