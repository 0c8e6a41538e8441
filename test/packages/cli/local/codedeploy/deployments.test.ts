import { describe, expect, it, vi } from 'vitest';
import {
  canary,
  createCodeDeploy,
  type DeploymentRequest,
  linear,
  predefinedSteps,
} from '../../../../../packages/cli/src/local/codedeploy/index.ts';

describe('the steps of a configuration', () => {
  it.each([
    ['CodeDeployDefault.LambdaCanary10Percent5Minutes', canary(10, 5)],
    ['CodeDeployDefault.LambdaCanary10Percent30Minutes', canary(10, 30)],
    ['CodeDeployDefault.LambdaLinear10PercentEvery1Minute', linear(10, 1)],
    ['CodeDeployDefault.LambdaLinear10PercentEvery10Minutes', linear(10, 10)],
    ['CodeDeployDefault.LambdaAllAtOnce', [{ percent: 100, minutes: 0 }]],
    ['CodeDeployDefault.LambdaCanary10Percent7Minutes', undefined],
    ['CodeDeployDefault.LambdaCanary20Percent5Minutes', undefined],
    ['CodeDeployDefault.ECSAllAtOnce', undefined],
  ])('of %s are CodeDeploy’s own', (name, steps) => {
    expect(predefinedSteps(name)).toEqual(steps);
  });

  it('shift a share for a time, or one more after each time', () => {
    expect(canary(10, 5)).toEqual([
      { percent: 10, minutes: 5 },
      { percent: 100, minutes: 0 },
    ]);
    expect(linear(40, 2)).toEqual([
      { percent: 40, minutes: 2 },
      { percent: 80, minutes: 2 },
      { percent: 100, minutes: 0 },
    ]);
  });
});

/** CodeDeploy whose time goes on by a minute whenever the test says so. */
const setUp = (request: Partial<DeploymentRequest> = {}) => {
  let minutes = 0;
  let alarm: string | undefined = 'OK';
  const shares: number[] = [];
  const hooked: string[] = [];
  let ids = 0;
  const codeDeploy = createCodeDeploy({
    ...{ now: () => minutes * 1_000, minuteMs: 1_000 / 12 },
    alarm: (name) => (alarm === undefined ? undefined : { value: alarm, reason: `of ${name}` }),
    invoke: (_, event) => void hooked.push(event),
    newId: () => {
      ids += 1;
      return String(ids);
    },
  });
  const abort = new AbortController();
  const done = codeDeploy.deploy({
    ...{ application: 'app', group: 'group', configuration: 'c', steps: canary(10, 5) },
    ...{ alarms: ['failing'], ignoresMissingAlarms: false, hooks: [], signal: abort.signal },
    rollsBackOn: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'],
    shift: (percent) => void shares.push(percent),
    ...request,
  });
  done.catch(() => undefined);
  return {
    ...{ codeDeploy, done, shares, hooked, abort },
    set: (state: string | undefined) => {
      alarm = state;
    },
    pass: () => {
      minutes += 100;
    },
  };
};

/** Waits for the first share: the time of the next one counts from there. */
const begun = (shares: readonly number[]) => vi.waitFor(() => expect(shares).toEqual([10]));

describe('a deployment', () => {
  it('leads a share to the new version, and all requests after the time', async () => {
    const { codeDeploy, done, shares, pass } = setUp();
    expect(codeDeploy.deployments()).toMatchObject([{ id: 'd-1', status: 'InProgress' }]);
    await begun(shares);
    pass();
    await done;
    expect(shares).toEqual([10, 100]);
    expect(codeDeploy.deployments()).toMatchObject([{ status: 'Succeeded' }]);
  });

  it('goes back when an alarm comes', async () => {
    const { codeDeploy, done, shares, set } = setUp();
    set('ALARM');
    await expect(done).rejects.toThrow(
      'CodeDeploy ended the deployment d-1: the alarm failing is on: of failing',
    );
    expect(shares).toEqual([10, 0]);
    expect(codeDeploy.deployments()).toMatchObject([
      { status: 'Stopped', error: { code: 'ALARM_ACTIVE' } },
    ]);
  });

  it('leaves the requests between two versions where its group does not roll back', async () => {
    const { done, shares, set } = setUp({ rollsBackOn: [] });
    set('ALARM');
    await expect(done).rejects.toThrow('is on');
    expect(shares).toEqual([10]);
  });

  it('does not go on without its alarm, unless its group says so', async () => {
    const strict = setUp();
    strict.set(undefined);
    await expect(strict.done).rejects.toThrow('there is no alarm failing');
    const lenient = setUp({ ignoresMissingAlarms: true });
    lenient.set(undefined);
    await begun(lenient.shares);
    lenient.pass();
    await lenient.done;
  });

  it('can be stopped by a person, with its roll back', async () => {
    const { codeDeploy, done, shares } = setUp();
    expect(codeDeploy.stop('d-1', true)).toBe(true);
    await expect(done).rejects.toThrow('somebody has stopped it');
    expect(shares).toEqual([10, 0]);
    expect(codeDeploy.stop('d-1', true)).toBe(false);
  });

  it('leaves no alias between two versions at the end of the local stack', async () => {
    const { done, shares, abort } = setUp({ rollsBackOn: [] });
    abort.abort();
    await expect(done).rejects.toThrow('CodeDeploy ended the deployment d-1');
    expect(shares).toEqual([10, 0]);
  });

  it('waits for a hook before its first share, an hour at most', async () => {
    const hooks = [{ name: 'BeforeAllowTraffic', functionName: 'check' }] as const;
    const { codeDeploy, done, shares, hooked, pass } = setUp({ hooks });
    await vi.waitFor(() => expect(hooked).toHaveLength(1));
    expect(shares).toEqual([]);
    const { DeploymentId, LifecycleEventHookExecutionId } = JSON.parse(hooked[0] ?? '');
    expect(codeDeploy.answerHook(DeploymentId, 'another', true)).toBe(false);
    expect(codeDeploy.answerHook(DeploymentId, LifecycleEventHookExecutionId, true)).toBe(true);
    await begun(shares);
    pass();
    await done;
    expect(shares).toEqual([10, 100]);
    const silent = setUp({ hooks });
    await vi.waitFor(() => expect(silent.hooked).toHaveLength(1));
    silent.pass();
    await expect(silent.done).rejects.toThrow('function check, has not answered');
  });
});
