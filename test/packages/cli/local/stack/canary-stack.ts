import { onTestFinished } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  createDeployments,
  type RegionDeployments,
} from '../../../../../packages/cli/src/local/deployment/index.ts';
import type { VersionedFunction } from '../../../../../packages/cli/src/local/lambda/index.ts';
import { connectServices } from '../../../../../packages/cli/src/local/stack/connect-services.ts';
import { checkStack } from '../../../../../packages/cli/src/local/stack/deployments/check-stack.ts';
import {
  openForRequests,
  openHttpPorts,
} from '../../../../../packages/cli/src/local/stack/ports.ts';
import { createCodeFolders } from '../../../../../packages/cli/src/local/stack/providers/code-folders.ts';
import { createProviders } from '../../../../../packages/cli/src/local/stack/providers/providers.ts';
import type { JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import type { Resource } from '../../../../../packages/cli/src/local/template/model.ts';
import { createLifetime } from '../../../../../packages/local-dsql/src/process/lifetime.ts';
import { bundle } from '../lambda/support.ts';

const region = 'us-east-1';

/** The share of requests that the canary gets. */
export const canaryShare = 0.1;

/** Draws that fill each share evenly, so that a test does not depend on luck. */
const evenly = (): (() => number) => {
  let drawn = 0;
  return () => {
    drawn += 1;
    return (drawn * 0.618_033_988_75) % 1;
  };
};

const alarm = (metric: JsonObject): JsonObject => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    ...metric,
    ...{ ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 5, DatapointsToAlarm: 2 },
    TreatMissingData: 'notBreaching',
  },
});

/** The logical id changes with the code, as that of a version of the CDK does. */
const templateOf = (code: string, policy: JsonObject): JsonObject => {
  const version = { 'Fn::GetAtt': [`Version${code}`, 'Version'] };
  const dimensions = [
    { Name: 'FunctionName', Value: { Ref: 'Function' } },
    { Name: 'Resource', Value: 'shop:live' },
    { Name: 'ExecutedVersion', Value: version },
  ];
  const stat = (name: string) => ({
    ...{ Id: name.toLowerCase(), ReturnData: false },
    MetricStat: {
      Metric: { Namespace: 'AWS/Lambda', MetricName: name, Dimensions: dimensions },
      ...{ Period: 60, Stat: 'Sum' },
    },
  });
  return {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [
            {
              ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
              Principal: { Service: ['lambda.amazonaws.com', 'codedeploy.amazonaws.com'] },
            },
          ],
        },
        Policies: [
          {
            PolicyName: 'All',
            PolicyDocument: {
              Statement: [
                {
                  Effect: 'Allow',
                  Action: ['lambda:GetAlias', 'lambda:UpdateAlias', 'cloudwatch:DescribeAlarms'],
                  Resource: '*',
                },
              ],
            },
          },
        ],
      },
    },
    ...Object.fromEntries(
      ['Function', 'Hook'].map((id) => [
        id,
        {
          Type: 'AWS::Lambda::Function',
          Properties: {
            ...{ FunctionName: id === 'Function' ? 'shop' : 'hook', Handler: 'index.handler' },
            Code: { S3Bucket: 'code', S3Key: id === 'Function' ? code : 'hook' },
            ...{ Runtime: 'nodejs24.x', Role: { 'Fn::GetAtt': ['Role', 'Arn'] } },
          },
        },
      ]),
    ),
    [`Version${code}`]: {
      Type: 'AWS::Lambda::Version',
      Properties: { FunctionName: { Ref: 'Function' } },
    },
    [`Failing${code}`]: alarm({
      Threshold: 1,
      Metrics: [
        { Id: 'share', Expression: '100*FILL(errors,0)/invocations' },
        stat('Errors'),
        stat('Invocations'),
      ],
    }),
    Application: {
      Type: 'AWS::CodeDeploy::Application',
      Properties: { ComputePlatform: 'Lambda' },
    },
    Group: {
      Type: 'AWS::CodeDeploy::DeploymentGroup',
      Properties: {
        ApplicationName: { Ref: 'Application' },
        ServiceRoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
        AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: `Failing${code}` } }] },
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
        },
        DeploymentStyle: {
          DeploymentType: 'BLUE_GREEN',
          DeploymentOption: 'WITH_TRAFFIC_CONTROL',
        },
      },
    },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        ...{ FunctionName: { Ref: 'Function' }, FunctionVersion: version, Name: 'live' },
      },
      DependsOn: ['Group'],
      UpdatePolicy: {
        CodeDeployLambdaAliasUpdate: {
          ApplicationName: { Ref: 'Application' },
          DeploymentGroupName: { Ref: 'Group' },
          ...policy,
        },
      },
    },
    Url: {
      Type: 'AWS::Lambda::Url',
      DependsOn: ['Alias'],
      Properties: {
        ...{ AuthType: 'AWS_IAM', Qualifier: 'live' },
        TargetFunctionArn: { 'Fn::GetAtt': ['Function', 'Arn'] },
      },
    },
  };
};

/** A Region in which versions of a function are deployed. */
export type CanaryStack = {
  readonly url: string;
  readonly stacks: RegionDeployments;
  readonly shop: () => VersionedFunction;
  /** Deploys a code; resolves to the state of the stack when that has ended. */
  readonly deploy: (code: string, policy?: JsonObject) => Promise<string>;
  /** One request to the address of the alias: its answer, and its status if it is none. */
  readonly ask: () => Promise<string>;
  readonly reasonOf: (logicalId: string, status: string) => string | undefined;
};

/** Time goes on by this with each request, so that a canary of five minutes has fifty of them. */
const requestMs = 6;
const minuteMs = 60;

/**
 * A Region to which a function with an alias is deployed. Its time stands still but for requests: a
 * slow machine does not end a canary before its requests.
 *
 * @param codes the modules by their names
 */
export const canaryStack = async (
  codes: Readonly<Record<string, string>>,
): Promise<CanaryStack> => {
  const lifetime = createLifetime();
  onTestFinished(lifetime.stop);
  const ports = await openHttpPorts(lifetime, [region]);
  let time = Date.now();
  const clock = { ...createLocalClock(), now: () => time };
  let deployed: () => readonly Resource[] = () => [];
  const connected = await connectServices(lifetime, ports, {
    ...{ clock, caFile: '/nowhere', canaryMinuteMs: minuteMs, draw: evenly() },
    issueKeys: () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }),
    ...{ onLog: () => {}, onInvocation: () => {}, interceptor: undefined, failures: undefined },
    observer: undefined,
    dsqlEndpoints: { of: () => undefined, allOf: () => [], close: async () => undefined },
    resources: () => deployed(),
  });
  const folders = new Map<string, string>();
  for (const [name, code] of Object.entries(codes)) folders.set(name, await bundle(code));
  const url = connected.urlOf(region);
  const engine = createDeployments({
    ...{ regions: [region], now: clock.now, check: checkStack },
    provider: createProviders(connected, {
      ...{ clusters: connected.clusters, folders: createCodeFolders('/nowhere') },
      ...{ onProgress: () => {}, keptCluster: () => undefined, endpointOf: () => undefined },
      openEndpoint: () => Promise.reject(new Error('no cluster is deployed')),
      closeEndpoint: async () => undefined,
    }),
    assets: async (_, key) => {
      const path = folders.get(key);
      return path === undefined ? undefined : { kind: 'folder', path };
    },
    endpoints: () => ({ http: url, dsql: 'localhost:1' }),
  });
  await lifetime.own(engine, 'deployments');
  await lifetime.own(openForRequests(ports), 'the ports');
  deployed = engine.store.resources;
  const stacks = engine.inRegion(region);
  const shop = () => {
    const found = connected.partsOf(region).services.functions.get('shop');
    if (!found) throw new Error('shop is not deployed');
    return found;
  };
  let changes = 0;
  return {
    url,
    stacks,
    shop,
    deploy: async (code, policy = {}) => {
      changes += 1;
      const type = changes === 1 ? 'CREATE' : 'UPDATE';
      const templateBody = JSON.stringify({ Resources: templateOf(code, policy) });
      const { id, status, statusReason } = await stacks.createChangeSet({
        ...{ stackName: 'shop', name: `change${changes}`, type, templateBody },
        capabilities: ['CAPABILITY_IAM'],
      });
      if (status !== 'CREATE_COMPLETE') throw new Error(statusReason ?? status);
      stacks.executeChangeSet(id);
      const { status: ended } = await stacks.settled('shop');
      return ended;
    },
    ask: async () => {
      const answer = await fetch(`${url}/function-urls/shop:live/`);
      const text = answer.status === 200 ? await answer.text() : String(answer.status);
      time += requestMs;
      return text;
    },
    reasonOf: (logicalId, status) =>
      stacks.events('shop').find((one) => one.logicalId === logicalId && one.status === status)
        ?.statusReason,
  };
};
