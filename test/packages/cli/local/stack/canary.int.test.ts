import { describe, expect, it } from 'vitest';
import { canaryShare, canaryStack } from './canary-stack.ts';

const answers = (text: string) => `export const handler = async () => '${text}';`;
const throws = `export const handler = async () => { throw new Error('no'); };`;

/** Sends requests, one after the other, until something has ended. */
const asking = async (ask: () => Promise<string>, until: Promise<unknown>) => {
  const counts = new Map<string, number>();
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const answer = await ask();
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  return { of: (answer: string) => counts.get(answer) ?? 0, answers: [...counts.keys()] };
};

describe('a new version of a function with a canary', () => {
  const codes = { A: answers('one'), B: throws, C: answers('three'), hook: answers('none') };

  it('gets all requests at the first deployment', async () => {
    const { deploy, ask, shop } = await canaryStack(codes);
    expect(await deploy('A')).toBe('CREATE_COMPLETE');
    expect(await ask()).toBe('one');
    expect(shop().alias('live')).toEqual({ version: '1', others: {} });
  });

  it('goes back when it fails, and callers met its share of errors at most', async () => {
    const { deploy, ask, shop, stacks, reasonOf } = await canaryStack(codes);
    await deploy('A');
    const deployment = deploy('B');
    const met = await asking(ask, deployment);
    expect(await deployment).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(met.answers.toSorted()).toEqual(['502', 'one']);
    const all = met.of('502') + met.of('one');
    expect(met.of('502') / all).toBeLessThanOrEqual(canaryShare + 1 / all);
    expect(reasonOf('Alias', 'UPDATE_FAILED')).toMatch(
      /CodeDeploy ended the deployment d-\w{9}: the alarm shop-FailingB-\w+ is on: 2 of 5 datapoints/,
    );
    expect(shop().alias('live')).toEqual({ version: '1', others: {} });
    expect(shop().qualified('2')).toBeUndefined();
    expect((await shop().invoke('{}')).payload).toBe('"one"');
    const types = stacks.resources('shop').map(({ type }) => type);
    expect(types.filter((type) => type === 'AWS::Lambda::Version')).toHaveLength(1);
  });

  it('takes a tenth of the requests, then all; the one before is deleted', async () => {
    const { deploy, ask, shop } = await canaryStack(codes);
    await deploy('A');
    const deployment = deploy('C');
    const met = await asking(ask, deployment);
    expect(await deployment).toBe('UPDATE_COMPLETE');
    expect(met.answers.toSorted()).toEqual(['one', 'three']);
    expect(met.of('three')).toBeLessThan(met.of('one'));
    expect(await ask()).toBe('three');
    expect(shop().alias('live')).toEqual({ version: '2', others: {} });
    expect(shop().qualified('1')).toBeUndefined();
  });

  it('is not stopped by the alarm of the version that failed before it', async () => {
    const { deploy, ask, shop } = await canaryStack(codes);
    await deploy('A');
    const failing = deploy('B');
    await asking(ask, failing);
    expect(await failing).toBe('UPDATE_ROLLBACK_COMPLETE');
    const mended = deploy('C');
    await asking(ask, mended);
    expect(await mended).toBe('UPDATE_COMPLETE');
    // The number of the deleted version is not given again.
    expect(shop().alias('live')).toEqual({ version: '3', others: {} });
  });

  it('is told of by the API of CodeDeploy', async () => {
    const { deploy, ask, url } = await canaryStack(codes);
    await deploy('A');
    const deployment = deploy('B');
    await asking(ask, deployment);
    await deployment;
    const call = async (operation: string, input: object) => {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': `CodeDeploy_20141006.${operation}`,
        },
        body: JSON.stringify(input),
      });
      return (await answer.json()) as {
        readonly deployments: readonly string[];
        readonly deploymentInfo: object;
        readonly __type: string;
      };
    };
    const { deployments } = await call('ListDeployments', {});
    expect(deployments).toHaveLength(1);
    const [deploymentId = ''] = deployments;
    const { deploymentInfo } = await call('GetDeployment', { deploymentId });
    const stopped = await call('StopDeployment', { deploymentId });
    expect(stopped.__type).toBe('DeploymentAlreadyCompletedException');
    expect(deploymentInfo).toMatchObject({
      status: 'Stopped',
      deploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
      errorInformation: { code: 'ALARM_ACTIVE' },
    });
  });
});

describe('the hook before a canary', () => {
  const answering = (status: string) => `
    export const handler = async ({ DeploymentId, LifecycleEventHookExecutionId }) => {
      const answer = await fetch(process.env.AWS_ENDPOINT_URL_CODEDEPLOY, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus',
        },
        body: JSON.stringify({
          deploymentId: DeploymentId,
          lifecycleEventHookExecutionId: LifecycleEventHookExecutionId,
          status: '${status}',
        }),
      });
      if (!answer.ok) throw new Error(await answer.text());
    };`;
  const policy = { BeforeAllowTrafficHook: { Ref: 'Hook' } };

  it('keeps a version from all requests when it fails', async () => {
    const codes = { A: answers('one'), C: answers('three'), hook: answering('Failed') };
    const { deploy, ask, reasonOf } = await canaryStack(codes);
    await deploy('A');
    const deployment = deploy('C', policy);
    const met = await asking(ask, deployment);
    expect(await deployment).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(met.answers).toEqual(['one']);
    expect(reasonOf('Alias', 'UPDATE_FAILED')).toMatch(
      'the hook BeforeAllowTraffic, function hook, reports a failure',
    );
  });

  it('lets it go on when it succeeds', async () => {
    const codes = { A: answers('one'), C: answers('three'), hook: answering('Succeeded') };
    const { deploy, ask } = await canaryStack(codes);
    await deploy('A');
    const deployment = deploy('C', policy);
    await asking(ask, deployment);
    expect(await deployment).toBe('UPDATE_COMPLETE');
    expect(await ask()).toBe('three');
  });
});
