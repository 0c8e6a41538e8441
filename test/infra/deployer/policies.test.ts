import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  lengthOf,
  type Need,
  type Policy,
  policyCharactersMax,
} from '../../../infra/deployer/policy.ts';
import { phases } from '../../../infra/deployer/resource-call.ts';
import { resourceCalls } from '../../../infra/deployer/resource-calls.ts';
import type { Configuration } from '../support/configurations.ts';
import { allowing, type Call } from './allow.ts';
import { createRecorder, needsOfStep, type Step } from './recorded-life.ts';
import {
  deployerPolicies,
  policyFolder,
  stacksOf,
  templateNeeds,
  widest,
} from './template-needs.ts';

const written: Readonly<Record<string, Policy>> = Object.fromEntries(
  readdirSync(policyFolder).map((name) => [
    name,
    JSON.parse(readFileSync(join(policyFolder, name), 'utf8')) as Policy,
  ]),
);
const named = (pattern: RegExp): readonly Policy[] =>
  Object.entries(written).flatMap(([name, policy]) => (pattern.test(name) ? [policy] : []));
const execution = named(/^execution/);

/** The calls of a need; each meets its own condition, whose patterns stand for one value. */
const callsOfNeed = ({ action, resources, when = {} }: Need): readonly Call[] => {
  const values = Object.values(when).flatMap((keys) => Object.entries(keys));
  const context = Object.fromEntries(
    values.map(([key, value]) => [key, String([value].flat()[0]).replaceAll('*', 'us-east-1')]),
  );
  return resources.map((resource) => ({ action, resource, context }));
};

const callsOf = (step: Step): readonly Call[] => needsOfStep(step).flatMap(callsOfNeed);

/** The calls of a step that no policy allows. */
const denied = (step: Step, policies: readonly Policy[]): readonly string[] =>
  callsOf(step)
    .filter((call) => allowing(policies, call).length === 0)
    .map(({ action, resource }) => `${step.phase} ${step.type}: ${action} on ${resource}`);

/** The statements of the role of CloudFormation that a deployment needs, each with one action. */
const pairs = (policies: readonly Policy[]): readonly string[] =>
  policies.flatMap(({ Statement }) =>
    Statement.flatMap(({ Sid, Action }) => Action.map((action) => `${Sid} ${action}`)),
  );

const usedBy = (calls: readonly Call[], policies: readonly Policy[]): readonly string[] =>
  calls.flatMap((call) => allowing(policies, call).map(({ Sid }) => `${Sid} ${call.action}`));

/** The local stack has no network, and this life has no canary: the templates show their calls. */
const callsNotPlayed = (steps: readonly Step[], configuration: Configuration): readonly Call[] => {
  const played = new Set(steps.map(({ type }) => type));
  const ofNetwork = ['VpcConfig', 'PolicyDocument'];
  return stacksOf(configuration).flatMap(({ template }) => {
    const left = Object.entries(template.Resources).filter(
      ([, { Type, Properties }]) =>
        !played.has(Type) || ofNetwork.some((name) => name in Properties),
    );
    const needs = templateNeeds({ ...template, Resources: Object.fromEntries(left) });
    return needs.flatMap(callsOfNeed);
  });
};

describe('the policies of who deploys', () => {
  it('are those that follow from the templates: npm run permissions writes them', () => {
    expect(written).toEqual(deployerPolicies());
  });

  it('fit into managed policies of IAM', () => {
    for (const [name, policy] of Object.entries(written)) {
      expect([name, lengthOf(policy) <= policyCharactersMax]).toEqual([name, true]);
      const sids = policy.Statement.map(({ Sid }) => Sid);
      expect([name, new Set(sids).size]).toEqual([name, sids.length]);
    }
  });

  it('know no resource type and no property that no template has', () => {
    const stacks = widest.flatMap((one) => stacksOf(one));
    const found = stacks.flatMap(({ template }) =>
      Object.values(template.Resources).map(({ Type, Properties }) => ({ Type, Properties })),
    );
    expect(Object.keys(resourceCalls).toSorted()).toEqual(
      [...new Set(found.map(({ Type }) => Type))].toSorted(),
    );
    const unused = Object.entries(resourceCalls).flatMap(([type, calls]) =>
      calls
        .flatMap((one) => (one.with === undefined ? [] : [one.with.split('.')[0] ?? '']))
        .filter((name) => !found.some((one) => one.Type === type && name in one.Properties))
        .map((name) => `${type} ${name}`),
    );
    expect(unused).toEqual([]);
  });

  it('say of an unknown resource type what to do', () => {
    const bucket = { type: 'AWS::S3::Bucket', properties: {}, ref: 'bucket', phase: 'create' };
    expect(() => needsOfStep(bucket as Step)).toThrow(
      'AWS::S3::Bucket is not among the calls of a deployment: add the actions of its handlers in infra/deployer, then run npm run permissions',
    );
  });
});

describe('a life of both Regions that the engine of the local stack plays', () => {
  const [defaults, everySwitch] = widest as [Configuration, Configuration];
  /** Data that can be deleted, and only what runs on the local stack. */
  const playable = { PROTECT_DATA: 'off', PRIVATE_NETWORK: 'off', CANARY_MINUTES: '0' };
  /** Other tags and another version of the code: whatever can be updated is. */
  const changes = {
    ENVIRONMENT: 'production',
    OWNER: 'team',
    LAMBDA_MEMORY_MB: '512',
    EVENT_RETENTION_DAYS: '30',
  };

  const play = async (one: Configuration): Promise<readonly Step[]> => {
    const { steps, deploy, destroy } = createRecorder();
    const at = (environment: Readonly<Record<string, string>>) =>
      stacksOf({ ...one, environment: { ...one.environment, ...playable, ...environment } });
    await deploy(at({}));
    const last = at(changes);
    await deploy(last);
    await destroy(last);
    return steps;
  };

  it('is allowed with the default settings by the policies for them', async () => {
    const steps = await play(defaults);
    const policies = named(/^execution-\d/);
    expect(new Set(steps.map(({ phase }) => phase))).toEqual(new Set(phases));
    expect(steps.flatMap((step) => denied(step, policies))).toEqual([]);
    // A change of one resource is denied where its right is missing.
    const poorer = policies.map((policy) => ({
      ...policy,
      Statement: policy.Statement.filter(({ Sid }) => Sid !== 'SchedulerSchedule'),
    }));
    expect(steps.flatMap((step) => denied(step, poorer)).toSorted()[0]).toBe(
      'create AWS::Scheduler::Schedule: scheduler:CreateSchedule on arn:aws:scheduler:*:*:schedule/default/antipode-booking-relay',
    );
  });

  it('is allowed with every setting, and uses each right', async () => {
    const steps = [...(await play(defaults)), ...(await play(everySwitch))];
    expect(steps.flatMap((step) => denied(step, execution))).toEqual([]);
    const used = new Set([
      ...usedBy(steps.flatMap(callsOf), execution),
      ...usedBy(callsNotPlayed(steps, everySwitch), execution),
    ]);
    expect(pairs(execution).filter((pair) => !used.has(pair))).toEqual([
      // No setting changes these, but a later version of the framework may.
      'CloudwatchDashboard cloudwatch:UntagResource',
      'LambdaFunction lambda:UpdateFunctionEventInvokeConfig',
      'LambdaFunction lambda:UpdateFunctionUrlConfig',
      'SchedulerSchedule scheduler:UpdateSchedule',
      'FisAction fis:UpdateExperimentTemplate',
      'FisExperimentTemplate fis:UntagResource',
      'FisExperimentTemplate fis:UpdateExperimentTemplate',
    ]);
  });
});

describe('the role of CloudFormation', () => {
  it.each([
    ['another service', 'lambda:DeleteFunction', 'arn:aws:lambda:us-east-1:1:function:payroll'],
    ['a queue of another', 'sqs:DeleteQueue', 'arn:aws:sqs:us-east-1:1:payroll'],
    ['a person', 'iam:CreateUser', 'arn:aws:iam::1:user/eve'],
    ['the rights of a foreign role', 'iam:PutRolePolicy', 'arn:aws:iam::1:role/admin'],
    ['the data of a cluster', 'dsql:DbConnectAdmin', 'arn:aws:dsql:us-east-1:1:cluster/abc'],
  ])('may not touch %s', (_, action, resource) => {
    expect(allowing(execution, { action, resource })).toEqual([]);
  });

  it('hands its roles to the services of the templates alone', () => {
    const pass = (service: string) =>
      allowing(execution, {
        action: 'iam:PassRole',
        resource: 'arn:aws:iam::1:role/antipode-ledger-primary-ApiRole-1',
        context: { 'iam:PassedToService': service },
      }).length;
    expect(pass('lambda.amazonaws.com')).toBe(1);
    expect(pass('ec2.amazonaws.com')).toBe(0);
  });

  it('attaches the policy for backups alone', () => {
    const attach = (policy: string) =>
      allowing(execution, {
        action: 'iam:AttachRolePolicy',
        resource: 'arn:aws:iam::1:role/antipode-ledger-data-primary-BackupsRole-1',
        context: { 'iam:PolicyARN': `arn:aws:iam::aws:policy/${policy}` },
      }).length;
    expect(attach('service-role/AWSBackupServiceRolePolicyForBackup')).toBe(1);
    expect(attach('AdministratorAccess')).toBe(0);
  });

  it('uses keys through a service, and never by itself', () => {
    const decrypt = { action: 'kms:Decrypt', resource: 'arn:aws:kms:us-east-1:1:key/1' };
    const through = { 'kms:ViaService': 'lambda.us-east-1.amazonaws.com' };
    expect(allowing(execution, { ...decrypt, context: through })).not.toEqual([]);
    expect(allowing(execution, decrypt)).toEqual([]);
  });
});
