import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../infra/two-regions/config.ts';
import { booking } from '../../support/booking.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { anySettings, type Settings } from '../any-settings.ts';
import { plainTemplates } from '../cloudformation.ts';
import { compare, outdated, unintended } from '../compare.ts';
import { sourceSystem } from '../synthesized.ts';
import { namedSystem } from './named-resources.ts';
import {
  describeService,
  intended,
  intendedWithoutProtection,
  planOf,
  readTerraform,
  terraformFolder,
  terraformSystem,
} from './terraform.ts';

const templates = await plainTemplates(booking);
const description = describeService(booking, templates, join(temporaryFolder(), 'description'));
const modules = await readTerraform();

const source = (settings: Settings) => {
  const { primaryRegion: primary, secondaryRegion: secondary } = readConfig(settings);
  return namedSystem(sourceSystem(booking, settings), { primary, secondary });
};

const usual = source({});

const unprotected = { PROTECT_DATA: 'off' };

const differences = (settings: Settings, from = modules) =>
  compare(
    Object.keys(settings).length === 0 ? usual : source(settings),
    terraformSystem(planOf(from, description, settings)),
  );

const problems = (settings: Settings, from?: typeof modules): readonly string[] =>
  unintended(differences(settings, from), intended(settings), 'infra/terraform');

describe('Terraform deploys the same as the CDK app', () => {
  it('with the defaults, but for the differences that are meant', () => {
    expect(problems({})).toEqual([]);
    expect(outdated(differences({}), intended({}))).toEqual([]);
  });

  it('with any values of its variables', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(problems(settings)).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });
});

it('gives roles the prefix of the service, which rights of a deployment hold for', () => {
  const settings = { LAMBDA_FUNCTION_PREFIX: 'antipode-of-the-accounting-department' };
  const prefixes = [{}, settings].map((one) =>
    planOf(modules, description, one)
      .resources.flatMap(({ values: { name_prefix: prefix } }) => prefix ?? [])
      .map(String),
  );
  expect(prefixes[0]).toContain('antipode-booking-relay-schedule-');
  for (const prefix of prefixes.flat()) {
    expect(prefix).toMatch(/^antipode-(?:booking-|of-the-accounting-)/);
    expect(prefix.length).toBeLessThanOrEqual(38);
  }
});

describe('a destroy', () => {
  it('deletes the same as that of an app without protection, where there is none', () => {
    const plan = planOf(modules, description, {}, { deletion_protection: false });
    const found = compare(source(unprotected), terraformSystem(plan));
    const meant = [...intended({}), ...intendedWithoutProtection];
    expect(unintended(found, meant, 'infra/terraform')).toEqual([]);
    expect(outdated(found, intendedWithoutProtection)).toEqual([]);
  });
});

describe('the commands among the outputs', () => {
  it('name the API and the cluster of each Region', () => {
    const { outputs } = planOf(modules, description, {
      PRIMARY_REGION: 'us-east-2',
      WITNESS_REGION: 'us-east-1',
    });
    const invoke = (region: string) =>
      `aws lambda invoke --region ${region} --function-name antipode-booking-api --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout`;
    const look = (region: string) =>
      `aws dsql get-cluster --region ${region} --identifier ‹cluster id ${region}›`;
    expect(outputs['test_commands']).toEqual({
      ...{ invoke_primary: invoke('us-east-2'), invoke_secondary: invoke('us-west-2') },
      ...{ cluster_primary: look('us-east-2'), cluster_secondary: look('us-west-2') },
    });
  });
});

describe('a change in the TypeScript source that the module misses is red', () => {
  const withResource = (change: (resources: Record<string, unknown>) => void) =>
    templates.map(({ part, template }) => {
      const copy = structuredClone(template) as { readonly Resources: Record<string, unknown> };
      if (part === 'primary') change(copy.Resources);
      return { part, template: copy as typeof template };
    });

  it('such as another type of resource', () => {
    const changed = withResource((resources) => {
      resources['Table'] = { Type: 'AWS::DynamoDB::Table', Properties: {} };
    });
    expect(() => describeService(booking, changed, temporaryFolder())).toThrow(
      "Terraform's module has no AWS::DynamoDB::Table (Table): add the resource to infra/terraform/modules/region",
    );
  });

  it('such as a second resource with the key of another one', () => {
    const changed = withResource((resources) => {
      const [policy] = Object.values(resources).filter(
        (one) => (one as { readonly Type: string }).Type === 'AWS::Events::EventBusPolicy',
      );
      resources['Others'] = policy;
    });
    expect(() => describeService(booking, changed, temporaryFolder())).toThrow(
      'Two resources of AWS::Events::EventBusPolicy have the key "events"',
    );
  });

  it('such as another property', () => {
    const changed = withResource((resources) => {
      const [queue] = Object.values(resources).filter(
        (one) => (one as { readonly Type: string }).Type === 'AWS::SQS::Queue',
      ) as { readonly Properties: Record<string, unknown> }[];
      if (queue) queue.Properties['DelaySeconds'] = 5;
    });
    expect(() => describeService(booking, changed, temporaryFolder())).toThrow(
      "A queue has DelaySeconds, which Terraform's module ignores: give it to the resource in infra/terraform",
    );
  });
});

describe('a change of the module alone is red', () => {
  const changed = async (file: string, from: string, to: string): Promise<typeof modules> => {
    const folder = join(temporaryFolder(), 'terraform');
    cpSync(terraformFolder, folder, { recursive: true });
    const text = readFileSync(join(folder, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(folder, file), text.replace(from, to));
    return readTerraform(folder);
  };

  it.each([
    ['a property of a function', 'functions', 'each.value.handler', '"other"', 'Handler'],
    [
      'a variable',
      'functions',
      'name, value in each.value.variables',
      'name, value in {}',
      'DSQL_USER',
    ],
    ['the statements of a role', 'roles', 'one != null', 'one == null', 'Statement'],
    ['the pattern of a rule', 'events', 'each.value.event_pattern', '{}', 'EventPattern'],
    ['a retry', 'functions', 'each.value.maximum_retry_attempts', '1', 'MaximumRetryAttempts'],
    ['a queue', 'queues', 'each.value.message_retention_seconds', '60', 'MessageRetentionPeriod'],
    ['an alarm', 'operations', 'each.value.evaluation_periods', '9', 'EvaluationPeriods'],
    ['the schedule', 'events', 'each.value.schedule_expression', '"rate(2 hours)"', 'Schedule'],
    ['the archive', 'events', 'each.value.retention_days', '1', 'RetentionDays'],
    ['a tag', 'queues', 'each.value.tags', '{}', 'Tags'],
    ['a policy', 'queues', 'jsonencode(each.value.policy)', '"{}"', 'PolicyDocument'],
    [
      ...['a dead-letter queue', 'events', 'each.value.target.dead_letter_queue'],
      ...['"relay-failures"', 'DeadLetterConfig'],
    ],
    ['a dashboard', 'operations', 'each.value.body', '"{}"', 'DashboardBody'],
  ])('such as %s', async (_, file, from, to, where) => {
    const module = await changed(`modules/region/${file}.tf`, from, to);
    const lines = problems({}, module);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('\n')).toContain(where);
    expect(lines[0]).toContain('change infra/terraform');
  });

  it('such as a cluster', async () => {
    const module = await changed('main.tf', 'var.deletion_protection', 'false');
    const lines = problems({}, module).join('\n');
    expect(lines).toContain('DeletionProtectionEnabled is "false"');
    expect(lines).toContain('DeletionPolicy is "Delete", and "RetainExceptOnCreate"');
  });

  it.each([
    [
      'a log group that a destroy keeps',
      'modules/region/functions.tf',
      'retention_in_days = each',
      'skip_destroy = true\nretention_in_days = each',
      'LogGroup',
    ],
    [
      'an archive that prevents a destroy',
      'modules/region/events.tf',
      'event_pattern    = jsonencode(each.value.event_pattern)\n  retention_days',
      'lifecycle {\nprevent_destroy = true\n}\nevent_pattern = jsonencode(each.value.event_pattern)\n  retention_days',
      'Archive',
    ],
  ])('such as %s', async (_, file, from, to, where) => {
    const lines = problems({}, await changed(file, from, to));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toContain(where);
      expect(line).toMatch(/policies\.(?:DeletionPolicy|UpdateReplacePolicy) is "Re(?:tain|fuse)"/);
    }
  });

  it.each([
    [
      'of the wrong Region',
      '(var.primary_region)   = module.primary.api_url',
      '(var.primary_region) = module.secondary.api_url',
      'outputs primary/ApiUrl',
    ],
    [
      'that lacks a Region',
      '(var.secondary_region) = aws_dsql_cluster.secondary.arn',
      '',
      'outputs secondary/ClusterArn',
    ],
    [
      'of another value',
      'local.primary.database_schema',
      '"other"',
      'outputs primary/DatabaseSchema',
    ],
  ])('such as an output %s', async (_, from, to, where) => {
    const lines = problems({}, await changed('outputs.tf', from, to));
    expect(lines.join('\n')).toContain(where);
  });

  it('such as an output that nothing compares', async () => {
    const module = await changed('outputs.tf', '"witness_region"', '"witness"');
    expect(() => problems({}, module)).toThrow('No form for the output witness');
  });
});
