import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LivePlace, openLivePlace, type RegionName } from '../live-place.ts';
import { type Ended, type Tools, toolsFor } from '../tools.ts';
import { keepWriting, type Writes } from '../writer.ts';
import { type Assemblies, createAssemblies, ledgerStacks } from './assemblies.ts';

/** A deployment takes up to a minute here, and several times as long on a busy machine. */
const timeoutMs = 600_000;

const api = 'antipode-ledger-api';
const unprotected = { PROTECT_DATA: 'off' };

let place: LivePlace;
let tools: Tools;
let assemblies: Assemblies;

beforeAll(async () => {
  assemblies = createAssemblies();
  place = await openLivePlace();
  tools = toolsFor(place.url, place.folder);
}, timeoutMs);

afterAll(async () => {
  await place.stop();
  assemblies.remove();
});

const deploy = async (assembly: string): Promise<Ended> =>
  tools.cdk(assembly, 'deploy', '--all', '--require-approval', 'never');

const succeed = ({ code, output }: Ended): string => {
  expect(code, output).toBe(0);
  return output;
};

/** The peering updates the primary data stack, so that it names both clusters. */
const expectDeployed = async (): Promise<void> => {
  const statuses = await place.statuses();
  expect(statuses.map((line) => line.replace(/ (?:CREATE|UPDATE)_COMPLETE$/, ''))).toEqual(
    ledgerStacks.toSorted(),
  );
};

const write = async (region: RegionName): Promise<void> => {
  const transaction_id = randomUUID();
  const command = { operation: 'write', transaction_id, account_id: 'a', amount: '1.00' };
  const { status, body } = await place.ask(region, api, command);
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
};

/** Deploys while a client writes in each Region, and returns what the clients have seen. */
const deployUnderWrites = async (
  assembly: string,
): Promise<{ readonly ended: Ended; readonly writes: readonly Writes[] }> => {
  const regions: readonly RegionName[] = ['us-east-1', 'us-west-2'];
  const writers = regions.map((region) => keepWriting(() => write(region)));
  const ended = await deploy(assembly);
  const writes = await Promise.all(writers.map((writer) => writer.stop()));
  return { ended, writes };
};

const expectUndisturbed = (writes: readonly Writes[]): void => {
  for (const { written, failures } of writes) {
    expect(failures).toEqual([]);
    expect(written).toBeGreaterThan(0);
  }
};

const version = async (region: RegionName): Promise<string | undefined> =>
  (await place.ask(region, api, { operation: 'read' })).headers['x-version'];

describe('the ledger, deployed by the CDK CLI', () => {
  it(
    'says at its first deployment why the peering failed, and deploys at the next one',
    async () => {
      const assembly = await assemblies.of('base', unprotected);
      place.stack.deployments.failures.set(({ type, action, isRollback }) =>
        type === 'Custom::AntipodePeering' && action === 'Create' && !isRollback
          ? 'the clusters were not peered in time'
          : undefined,
      );
      const { code, output } = await deploy(assembly);
      place.stack.deployments.failures.set(undefined);
      expect(code, output).toBe(1);
      expect(output).toContain('the clusters were not peered in time');
      expect(await place.statuses()).toContain('antipode-ledger-data-peering ROLLBACK_COMPLETE');
      succeed(await deploy(assembly));
      await expectDeployed();
      await write('us-east-1');
      await write('us-west-2');
    },
    timeoutMs,
  );

  it(
    'leaves nothing when it is destroyed without protection',
    async () => {
      expect(await place.clusters()).toHaveLength(2);
      const assembly = await assemblies.of('base', unprotected);
      succeed(await tools.cdk(assembly, 'destroy', '--all', '--force'));
      expect(await place.statuses()).toEqual([]);
      expect(await place.clusters()).toEqual([]);
      for (const { functions } of place.stack.regions) expect([...functions.keys()]).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'is deployed with protection',
    async () => {
      succeed(await deploy(await assemblies.of('base')));
      await expectDeployed();
      await write('us-east-1');
      await write('us-west-2');
    },
    timeoutMs,
  );

  it(
    'runs the changed code of a function in both Regions, and answers meanwhile',
    async () => {
      expect(await version('us-east-1')).toBeUndefined();
      const { ended, writes } = await deployUnderWrites(await assemblies.of('changed-function'));
      succeed(ended);
      expectUndisturbed(writes);
      expect(await version('us-east-1')).toBe('2');
      expect(await version('us-west-2')).toBe('2');
    },
    timeoutMs,
  );

  it(
    'runs a new consumer, and answers meanwhile',
    async () => {
      const { ended, writes } = await deployUnderWrites(await assemblies.of('added-consumer'));
      succeed(ended);
      expectUndisturbed(writes);
      expect(await version('us-east-1')).toBeUndefined();
      for (const { functions } of place.stack.regions) {
        expect([...functions.keys()]).toContain('antipode-ledger-watch-transfers');
      }
    },
    timeoutMs,
  );

  it(
    'migrates, removes the consumer that the new version lacks, and answers meanwhile',
    async () => {
      const { ended, writes } = await deployUnderWrites(await assemblies.of('added-migration'));
      succeed(ended);
      expectUndisturbed(writes);
      for (const { functions } of place.stack.regions) {
        expect([...functions.keys()]).not.toContain('antipode-ledger-watch-transfers');
      }
    },
    timeoutMs,
  );

  it(
    'keeps events for another time, and answers meanwhile',
    async () => {
      const settings = { EVENT_RETENTION_DAYS: '30' };
      const assembly = await assemblies.of('added-migration', settings);
      const { ended, writes } = await deployUnderWrites(assembly);
      succeed(ended);
      expectUndisturbed(writes);
      const events = await place.events('us-east-1', 'antipode-ledger-primary');
      const archive = events.find(({ ResourceType }) => ResourceType === 'AWS::Events::Archive');
      expect(archive?.ResourceStatus).toBe('UPDATE_COMPLETE');
    },
    timeoutMs,
  );

  it(
    'goes back to the version before when a migration fails, says why, and answers meanwhile',
    async () => {
      const { ended, writes } = await deployUnderWrites(await assemblies.of('broken-migration'));
      expect(ended.code, ended.output).toBe(1);
      expect(ended.output).toContain('correct this migration: ledger-9001-added');
      expectUndisturbed(writes);
      expect(await place.statuses()).toContain('antipode-ledger-primary UPDATE_ROLLBACK_COMPLETE');
      await write('us-east-1');
    },
    timeoutMs,
  );

  it(
    'changes nothing when a permission is missing, and names it',
    async () => {
      const { ended, writes } = await deployUnderWrites(await assemblies.of('missing-permission'));
      expect(ended.code, ended.output).toBe(1);
      expect(ended.output).toContain('will fail in AWS');
      expectUndisturbed(writes);
      await write('us-west-2');
    },
    timeoutMs,
  );

  it(
    'is destroyed in one command, and leaves its protected clusters',
    async () => {
      succeed(await tools.cdk(await assemblies.of('base'), 'destroy', '--all', '--force'));
      expect(await place.statuses()).toEqual([]);
      expect(await place.clusters()).toHaveLength(2);
      for (const { functions } of place.stack.regions) expect([...functions.keys()]).toEqual([]);
    },
    timeoutMs,
  );
});
