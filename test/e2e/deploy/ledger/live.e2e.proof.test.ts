import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectDeployed,
  expectDestroyed,
  expectUndisturbed,
  fail,
  failPeering,
  importClusters,
  lastStatus,
  succeed,
  underWrites,
} from '../deploying.ts';
import { type LivePlace, openLivePlace } from '../live-place.ts';
import { type Ended, type Tools, toolsFor } from '../tools.ts';
import { type Assemblies, createAssemblies } from './assemblies.ts';
import { createLedgerClient } from './client.ts';

/** A deployment takes up to a minute here, and several times as long on a busy machine. */
const timeoutMs = 900_000;

const unprotected = { PROTECT_DATA: 'off' };

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

const deploy = async (assembly: string): Promise<Ended> =>
  tools.cdk(assembly, 'deploy', '--all', '--require-approval', 'never');

const destroy = async (assembly: string): Promise<Ended> =>
  tools.cdk(assembly, 'destroy', '--all', '--force');

const deployUnderWrites = (assembly: string) => underWrites(client.write, () => deploy(assembly));

const writeInBoth = async (): Promise<void> => {
  await client.write('us-east-1');
  await client.write('us-west-2');
};

describe('the ledger, deployed by the CDK CLI', () => {
  it(
    'says at its first deployment why the peering failed, and deploys at the next one',
    async () => {
      const assembly = await assemblies.of('base', unprotected);
      const end = failPeering(place, 'the clusters were not peered in time');
      const output = fail(await deploy(assembly));
      end();
      expect(output).toContain('the clusters were not peered in time');
      expect(await place.statuses()).toContain('antipode-ledger-data-peering ROLLBACK_COMPLETE');
      succeed(await deploy(assembly));
      await expectDeployed(place, 'ledger');
      await writeInBoth();
    },
    timeoutMs,
  );

  it(
    'leaves nothing when it is destroyed without protection',
    async () => {
      expect(await place.clusters()).toHaveLength(2);
      succeed(await destroy(await assemblies.of('base', unprotected)));
      await expectDestroyed(place, 0);
    },
    timeoutMs,
  );

  it(
    'is deployed with protection',
    async () => {
      succeed(await deploy(await assemblies.of('base')));
      await expectDeployed(place, 'ledger');
      await writeInBoth();
    },
    timeoutMs,
  );

  it(
    'runs the changed code of a function in both Regions, and answers meanwhile',
    async () => {
      expect(await client.version('us-east-1')).toBeUndefined();
      const { ended, writes } = await deployUnderWrites(await assemblies.of('changed-function'));
      succeed(ended);
      expectUndisturbed(writes);
      expect(await client.version('us-east-1')).toBe('2');
      expect(await client.version('us-west-2')).toBe('2');
    },
    timeoutMs,
  );

  it(
    'runs a new consumer, and answers meanwhile',
    async () => {
      const { ended, writes } = await deployUnderWrites(await assemblies.of('added-consumer'));
      succeed(ended);
      expectUndisturbed(writes);
      expect(await client.version('us-east-1')).toBeUndefined();
      for (const { functions } of place.stack.regions) {
        expect([...functions.keys()]).toContain('antipode-ledger-watch-transfers');
      }
    },
    timeoutMs,
  );

  it(
    'migrates, removes a consumer, keeps events for another time, and answers meanwhile',
    async () => {
      const settings = { EVENT_RETENTION_DAYS: '30' };
      const assembly = await assemblies.of('added-migration', settings);
      const { ended, writes } = await deployUnderWrites(assembly);
      succeed(ended);
      expectUndisturbed(writes);
      for (const { functions } of place.stack.regions) {
        expect([...functions.keys()]).not.toContain('antipode-ledger-watch-transfers');
      }
      for (const type of ['AWS::Events::Archive', 'Custom::AntipodeMigration']) {
        const stack = { stack: 'antipode-ledger-primary', type };
        expect([type, await lastStatus(place, 'us-east-1', stack)]).toEqual([
          type,
          'UPDATE_COMPLETE',
        ]);
      }
    },
    timeoutMs,
  );

  it(
    'goes back to the version before when a migration fails, says why, and answers meanwhile',
    async () => {
      const { ended, writes } = await deployUnderWrites(await assemblies.of('broken-migration'));
      expect(fail(ended)).toContain('ledger-9001-added');
      expectUndisturbed(writes);
      expect(await place.statuses()).toContain('antipode-ledger-primary UPDATE_ROLLBACK_COMPLETE');
      await client.write('us-east-1');
    },
    timeoutMs,
  );

  it(
    'changes nothing when a permission is missing, and names it',
    async () => {
      const { ended, writes } = await deployUnderWrites(await assemblies.of('missing-permission'));
      expect(fail(ended)).toContain('will fail in AWS');
      expectUndisturbed(writes);
      await client.write('us-west-2');
    },
    timeoutMs,
  );

  it(
    'is destroyed in one command, which leaves its protected clusters, and brought back over them',
    async () => {
      const written = await client.write('us-east-1');
      succeed(await destroy(await assemblies.of('base')));
      await expectDestroyed(place, 2);
      await importClusters(place, 'ledger', async (settings, ...args) =>
        tools.cdk(await assemblies.of('base', settings), ...args),
      );
      succeed(await deploy(await assemblies.of('base')));
      await expectDeployed(place, 'ledger');
      expect(await client.read('us-west-2', written)).toMatchObject({ transaction_id: written });
      await writeInBoth();
    },
    timeoutMs,
  );
});
