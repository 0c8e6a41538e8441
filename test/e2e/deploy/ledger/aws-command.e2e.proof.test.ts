import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectDeployed,
  expectDestroyed,
  expectUndisturbed,
  fail,
  stacksOf,
  succeed,
  underWrites,
} from '../deploying.ts';
import { type LivePlace, openLivePlace, type RegionName } from '../live-place.ts';
import { type Ended, hasAwsCommand, type Tools, toolsFor } from '../tools.ts';
import { type Assemblies, createAssemblies } from './assemblies.ts';
import { createLedgerClient } from './client.ts';

/** A command takes seconds here, and several times as long on a busy machine. */
const timeoutMs = 900_000;

const bucket = 'packages';
const settings = { PROTECT_DATA: 'off' };
const stacks = stacksOf('ledger');
const regionOf = (stack: string): RegionName =>
  stack.endsWith('secondary') ? 'us-west-2' : 'us-east-1';

let place: LivePlace;
let tools: Tools;
let assemblies: Assemblies;
let client: ReturnType<typeof createLedgerClient>;

beforeAll(async () => {
  assemblies = createAssemblies();
  place = await openLivePlace();
  tools = toolsFor(place.url, place.folder);
  client = createLedgerClient(place);
}, timeoutMs);

afterAll(async () => {
  await place.stop();
  assemblies.remove();
});

type Assets = {
  readonly files: Readonly<
    Record<string, { readonly source: { readonly path: string; readonly packaging: string } }>
  >;
};

type PlainResource = {
  readonly Type: string;
  readonly Properties: { readonly Code: { readonly S3Key: string } };
};

/**
 * Writes the template of a stack as a person has it who uses no CDK: the code of a function is a
 * folder beside it.
 */
const plainTemplate = (assembly: string, stack: string): string => {
  const read = (file: string) => JSON.parse(readFileSync(join(assembly, file), 'utf8'));
  const { files } = read(`${stack}.assets.json`) as Assets;
  const template = read(`${stack}.template.json`);
  const functions = Object.values<PlainResource>(template.Resources).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );
  for (const { Properties } of functions) {
    const hash = Properties.Code.S3Key.replace('.zip', '');
    Object.assign(Properties, { Code: join(assembly, files[hash]?.source.path ?? '') });
  }
  const file = assemblies.file(`${stack}.json`);
  writeFileSync(file, JSON.stringify(template));
  return file;
};

const cloudFormation = (stack: string, command: string, ...args: readonly string[]) =>
  tools.aws('cloudformation', command, '--region', regionOf(stack), ...args);

/** Packages the code of a stack into the bucket of its Region, and deploys its template. */
const deploy = async (variant: string, stack: string): Promise<Ended> => {
  const file = plainTemplate(await assemblies.of(variant, settings), stack);
  const packaged = assemblies.file(`${stack}.packaged.json`);
  const inBucket = ['--s3-bucket', `${bucket}-${regionOf(stack)}`];
  const output = ['--use-json', '--output-template-file', packaged];
  succeed(await cloudFormation(stack, 'package', '--template-file', file, ...inBucket, ...output));
  return cloudFormation(
    stack,
    'deploy',
    ...['--stack-name', stack, '--template-file', packaged, ...inBucket],
    ...['--capabilities', 'CAPABILITY_NAMED_IAM', '--no-fail-on-empty-changeset'],
  );
};

describe.runIf(hasAwsCommand())('the ledger, deployed by the aws command', () => {
  it(
    'is packaged into buckets, deployed stack by stack, and answers in both Regions',
    async () => {
      for (const region of ['us-east-1', 'us-west-2']) {
        succeed(await tools.aws('s3', 'mb', `s3://${bucket}-${region}`, '--region', region));
      }
      for (const stack of stacks) {
        expect(succeed(await deploy('base', stack))).toContain('Successfully created/updated');
      }
      await expectDeployed(place, 'ledger');
      const written = await client.write('us-east-1');
      expect(await client.read('us-west-2', written)).toMatchObject({ transaction_id: written });
    },
    timeoutMs,
  );

  it(
    'runs changed code after an update, and answers meanwhile',
    async () => {
      const { ended, writes } = await underWrites(client.write, () =>
        deploy('changed-function', 'antipode-ledger-primary'),
      );
      succeed(ended);
      expectUndisturbed(writes);
      expect(await client.version('us-east-1')).toBe('2');
      expect(await client.version('us-west-2')).toBeUndefined();
    },
    timeoutMs,
  );

  it(
    'goes back to the version before when a migration fails, and says why in its events',
    async () => {
      const stack = 'antipode-ledger-primary';
      const { ended, writes } = await underWrites(client.write, () =>
        deploy('broken-migration', stack),
      );
      expect(fail(ended)).toContain('describe-stack-events');
      expectUndisturbed(writes);
      expect(await place.statuses()).toContain(`${stack} UPDATE_ROLLBACK_COMPLETE`);
      const events = await cloudFormation(stack, 'describe-stack-events', '--stack-name', stack);
      expect(succeed(events)).toContain('ledger-9001-added');
      expect(await client.version('us-east-1')).toBe('2');
    },
    timeoutMs,
  );

  it(
    'is deleted stack by stack, with both clusters, which are not protected',
    async () => {
      for (const stack of stacks.toReversed()) {
        succeed(await cloudFormation(stack, 'delete-stack', '--stack-name', stack));
        succeed(
          await cloudFormation(stack, 'wait', 'stack-delete-complete', '--stack-name', stack),
        );
      }
      await expectDestroyed(place, 0);
    },
    timeoutMs,
  );
});
