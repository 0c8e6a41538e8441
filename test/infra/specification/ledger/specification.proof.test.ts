import { describe, expect, it } from 'vitest';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import { configurations } from '../../support/configurations.ts';
import { creationOrder } from '../../support/creation-order.ts';
import { placeholderApp } from '../../support/placeholder-app.ts';
import { exampleServices } from '../../support/services.ts';
import { specificationProblems } from '../../support/specification.ts';
import type { Template } from '../../support/template.ts';

describe('by the specification of AWS', () => {
  const cases = Object.entries({ ledger, ...exampleServices }).flatMap(([name, service]) =>
    configurations.map(
      (configuration) => [name, configuration.name, service, configuration] as const,
    ),
  );
  it.each(cases)('%s with %s has no problem', (_, __, service, { environment, surroundings }) => {
    const app = placeholderApp(service, { environment, ...(surroundings && { surroundings }) });
    const { stacks } = app.synth();
    const problems = stacks.flatMap(({ stackName, template }) =>
      specificationProblems(template as Template).map((problem) => `${stackName} ${problem}`),
    );
    expect(stacks.length).toBeGreaterThanOrEqual(4);
    expect(problems).toEqual([]);
    for (const { template } of stacks)
      expect(() => creationOrder(template as Template)).not.toThrow();
  });
});

describe('the specification', () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: {} };
  const problemsOf = (properties: Readonly<Record<string, unknown>>, type = 'AWS::SQS::Queue') =>
    specificationProblems({
      Resources: { Queue: queue, Wrong: { Type: type, Properties: properties } },
      Outputs: {},
    });

  it.each([
    ['a property that the type lacks', { QeueName: 'orders' }, 'no property QeueName'],
    ['a value of another type', { DelaySeconds: 'soon' }, 'must be a whole number'],
    ['an attribute as a property', { Arn: 'arn' }, 'is an attribute'],
    ['a reference to nothing', { QueueName: { Ref: 'Gone' } }, 'names Gone, which is missing'],
    [
      'an attribute that the target lacks',
      { QueueName: { 'Fn::GetAtt': ['Queue', 'Endpoint'] } },
      'reads Queue.Endpoint',
    ],
  ])('finds %s', (_, properties, problem) => {
    expect(problemsOf(properties)).toEqual([expect.stringContaining(problem)]);
  });

  it('finds a property that is missing', () => {
    expect(problemsOf({}, 'AWS::IAM::Role')).toEqual([
      expect.stringContaining('AssumeRolePolicyDocument is missing'),
    ]);
  });

  it('finds a value that is none of those that AWS takes', () => {
    const code = { Role: 'arn', Code: { ZipFile: '' } };
    expect(problemsOf({ ...code, PackageType: 'Tar' }, 'AWS::Lambda::Function')).toEqual([
      expect.stringContaining('PackageType is "Tar"; it must be Image or Zip'),
    ]);
  });
});
