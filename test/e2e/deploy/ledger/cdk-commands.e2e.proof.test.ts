import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEnginePlace, type Place } from '../engine-place.ts';
import { type Ended, hasAwsCommand, type Tools, toolsFor } from '../tools.ts';
import { type Assemblies, createAssemblies, ledgerStacks } from './assemblies.ts';

/** A command takes seconds here, and several times as long on a busy machine. */
const timeoutMs = 300_000;

let place: Place;
let tools: Tools;
let assemblies: Assemblies;

beforeAll(async () => {
  assemblies = createAssemblies();
  place = await openEnginePlace();
  tools = toolsFor(place.url, place.folder);
}, timeoutMs);

afterAll(async () => {
  await place.stop();
  assemblies.remove();
});

const assemblyOf: Assemblies['of'] = (...given) => assemblies.of(...given);

const deploy = async (assembly: string, ...args: readonly string[]): Promise<Ended> =>
  tools.cdk(assembly, 'deploy', '--all', '--require-approval', 'never', ...args);

const succeed = ({ code, output }: Ended): string => {
  expect(code, output).toBe(0);
  return output;
};

const statuses = (): readonly string[] =>
  place.deployments.regions
    .flatMap((region) => place.deployments.inRegion(region).stacks())
    .filter(({ status }) => status !== 'DELETE_COMPLETE')
    .map(({ name, status }) => `${name} ${status}`)
    .sort();

const all = (status: string): readonly string[] =>
  ledgerStacks.map((name) => `${name} ${status}`).sort();

const primary = () => place.deployments.inRegion('us-east-1');

/** The logical ids of the resources of the primary stack whose change has ended. */
const changedSince = (time: number): readonly string[] =>
  primary()
    .events('antipode-ledger-primary')
    .filter(({ at, status, type }) =>
      [at >= time, status.endsWith('_COMPLETE'), type !== 'AWS::CloudFormation::Stack'].every(
        Boolean,
      ),
    )
    .map(({ type }) => type)
    .sort();

describe('the CDK CLI, against the local stack', () => {
  it(
    'finds the environment bootstrapped',
    async () => {
      const assembly = await assemblyOf('base');
      const environments = ['aws://000000000000/us-east-1', 'aws://000000000000/us-west-2'];
      const output = succeed(await tools.cdk(assembly, 'bootstrap', ...environments));
      for (const environment of environments) {
        expect(output).toContain(`Environment ${environment} bootstrapped (no changes)`);
      }
    },
    timeoutMs,
  );

  it(
    'deploys both Regions by one address',
    async () => {
      const output = succeed(await deploy(await assemblyOf('base')));
      expect(statuses()).toEqual(all('CREATE_COMPLETE'));
      expect(output).toContain('antipode-ledger-secondary.ApiFunctionName = antipode-ledger-api');
      expect(
        place.deployments.inRegion('us-west-2').stack('antipode-ledger-secondary'),
      ).toMatchObject({
        tags: { Application: 'antipode' },
        roleArn: expect.stringContaining('cfn-exec-role'),
      });
    },
    timeoutMs,
  );

  it(
    'finds no difference after it, and deploys nothing',
    async () => {
      const assembly = await assemblyOf('base');
      const before = place.lines.length;
      expect(succeed(await tools.cdk(assembly, 'diff'))).toContain(
        'Number of stacks with differences: 0',
      );
      expect(succeed(await deploy(assembly))).toContain('(no changes)');
      expect(place.lines.slice(before)).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'is refused another witness, before anything changes',
    async () => {
      const [WITNESS_REGION, EXTRA_REGION_SET] = ['us-west-1', 'us-east-1,us-west-2,us-west-1'];
      const assembly = await assemblyOf('base', { WITNESS_REGION, EXTRA_REGION_SET });
      const before = place.lines.length;
      const { code, output } = await deploy(assembly);
      expect(code).not.toBe(0);
      expect(output).toContain('WITNESS_REGION cannot change, since the cluster holds data');
      expect(place.lines.slice(before)).toEqual([]);
      expect(statuses()).toEqual(all('CREATE_COMPLETE'));
    },
    timeoutMs,
  );

  it(
    'shows a changed retention, and changes the archive and the relay alone',
    async () => {
      // Over the same bundles, so that nothing else differs.
      const assembly = await assemblyOf('base', { EVENT_RETENTION_DAYS: '30' });
      const diff = succeed(await tools.cdk(assembly, 'diff', 'antipode-ledger-primary'));
      expect(diff).toContain('RetentionDays');
      expect(diff).toContain('[+] 30');
      const since = Date.now();
      succeed(await deploy(assembly));
      expect(changedSince(since)).toContain('AWS::Events::Archive');
      expect(changedSince(since)).not.toContain('AWS::Events::EventBus');
      expect(statuses()).toContain('antipode-ledger-primary UPDATE_COMPLETE');
    },
    timeoutMs,
  );

  it(
    'rolls an update back whose resource fails, and says why',
    async () => {
      const wider = await assemblyOf('added-consumer');
      const before = primary().template('antipode-ledger-primary');
      place.deployments.failures.set(({ type, action, isRollback }) =>
        type === 'AWS::Events::Rule' && action === 'Create' && !isRollback
          ? 'the bus takes no rule'
          : undefined,
      );
      const { code, output } = await deploy(wider);
      expect(code, output).toBe(1);
      expect(output).toContain('the bus takes no rule');
      expect(statuses()).toContain('antipode-ledger-primary UPDATE_ROLLBACK_COMPLETE');
      expect(primary().template('antipode-ledger-primary')).toBe(before);
    },
    timeoutMs,
  );

  it(
    'leaves a failed update with --no-rollback, and rolls it back by a command',
    async () => {
      const wider = await assemblyOf('added-consumer');
      expect((await deploy(wider, '--no-rollback')).code).toBe(1);
      expect(statuses()).toContain('antipode-ledger-primary UPDATE_FAILED');
      succeed(await tools.cdk(wider, 'rollback', 'antipode-ledger-primary'));
      expect(statuses()).toContain('antipode-ledger-primary UPDATE_ROLLBACK_COMPLETE');
    },
    timeoutMs,
  );

  it(
    'deploys what had failed, once the cause is gone',
    async () => {
      place.deployments.failures.set(undefined);
      succeed(await deploy(await assemblyOf('added-consumer')));
      const functions = primary()
        .resources('antipode-ledger-primary')
        .filter(({ type }) => type === 'AWS::Lambda::Function');
      expect(functions.map(({ physicalId }) => physicalId)).toContain(
        'antipode-ledger-watch-transfers',
      );
    },
    timeoutMs,
  );

  it(
    'refuses a change set of a type that does not run here, by its name',
    async () => {
      const template = JSON.stringify({ Resources: { Table: { Type: 'AWS::DynamoDB::Table' } } });
      const request = { stackName: 'other', name: 'one', type: 'CREATE' } as const;
      const set = await primary().createChangeSet({ ...request, templateBody: template });
      expect(set).toMatchObject({
        status: 'FAILED',
        statusReason: expect.stringContaining('AWS::DynamoDB::Table'),
      });
      primary().deleteStack('other');
    },
    timeoutMs,
  );

  it(
    'destroys all stacks, and keeps what their policies retain',
    async () => {
      const assembly = await assemblyOf('added-consumer');
      succeed(await tools.cdk(assembly, 'destroy', '--all', '--force'));
      expect(statuses()).toEqual([]);
      const kept = place.deployments.regions.flatMap((region) =>
        place.deployments
          .inRegion(region)
          .stacks()
          .flatMap(({ id }) => place.deployments.inRegion(region).events(id))
          .filter(({ status }) => status === 'DELETE_SKIPPED')
          .map(({ type }) => type),
      );
      expect(kept.filter((type) => type === 'AWS::DSQL::Cluster')).toHaveLength(2);
    },
    timeoutMs,
  );

  it('asks for no operation that the local stack does not have', () => {
    // It looks for the calls of a deployment that failed; it goes on without an answer.
    const missing = place.lines.filter((line) => line.includes('nothing here answers'));
    expect(missing.filter((line) => !line.includes('CloudTrail'))).toEqual([]);
  });
});

describe.runIf(hasAwsCommand())('the aws command, against the local stack', () => {
  it(
    'deploys a template, updates it, finds no change, and deletes its stack',
    async () => {
      const assembly = await assemblyOf('base');
      const template = join(assembly, 'antipode-ledger-data-primary.template.json');
      const args = [
        ...['--stack-name', 'plain', '--template-file', template],
        ...['--capabilities', 'CAPABILITY_NAMED_IAM'],
      ];
      const deployed = succeed(await tools.aws('cloudformation', 'deploy', ...args));
      expect(deployed).toContain('Successfully created/updated stack - plain');
      const again = succeed(
        await tools.aws('cloudformation', 'deploy', ...args, '--no-fail-on-empty-changeset'),
      );
      expect(again).toContain('No changes to deploy. Stack plain is up to date');
      succeed(await tools.aws('cloudformation', 'deploy', ...args, '--tags', 'Owner=me'));
      expect(primary().stack('plain')).toMatchObject({
        status: 'UPDATE_COMPLETE',
        tags: { Owner: 'me' },
      });
      succeed(await tools.aws('cloudformation', 'delete-stack', '--stack-name', 'plain'));
      await primary().settled(primary().stacks()[0]?.id ?? '');
      expect(statuses()).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'deploys a template that is too long for a request from a bucket',
    async () => {
      succeed(await tools.aws('s3', 'mb', 's3://templates'));
      const queue = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 30 } };
      const ids = Array.from({ length: 300 }, (_, at) => `TheQueueNumber${at}`);
      const text = JSON.stringify(
        { Resources: Object.fromEntries(ids.map((id) => [id, queue])) },
        null,
        8,
      );
      expect(text.length).toBeGreaterThan(51_200);
      const template = assemblies.file('long.json');
      writeFileSync(template, text);
      const args = ['--stack-name', 'long', '--template-file', template];
      const { code, output } = await tools.aws('cloudformation', 'deploy', ...args);
      expect(code, output).not.toBe(0);
      expect(output).toContain('--s3-bucket');
      succeed(await tools.aws('cloudformation', 'deploy', ...args, '--s3-bucket', 'templates'));
      expect(primary().resources('long')).toHaveLength(300);
    },
    timeoutMs,
  );
});

it.skipIf(hasAwsCommand())('the aws command is not installed here: its proofs are left out', () => {
  console.warn('Install awscli, by pip or apt-get, to deploy by the aws command too.');
});
