import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LivePlace, openLivePlace, type RegionName } from '../live-place.ts';
import { type Ended, type Tools, toolsFor } from '../tools.ts';
import { type Assemblies, createAssemblies } from './assemblies.ts';

/** A deployment takes up to a minute here, and several times as long on a busy machine. */
const timeoutMs = 600_000;

/**
 * A minute of the canary. Its alarm needs failures in two minutes, and the first requests to a new
 * version wait for its processes.
 */
const canaryMinuteMs = 4_000;

const settings = { PROTECT_DATA: 'off', CANARY_MINUTES: '5' };
const regions: readonly RegionName[] = ['us-east-1', 'us-west-2'];
const api = 'antipode-ledger-api:live';

/** Clients at once in each Region: a tenth of their requests is some in each minute. */
const clients = 4;

let place: LivePlace;
let tools: Tools;
let assemblies: Assemblies;

beforeAll(async () => {
  assemblies = createAssemblies();
  place = await openLivePlace({ canaryMinuteMs });
  tools = toolsFor(place.url, place.folder);
}, timeoutMs);

afterAll(async () => {
  await place.stop();
  assemblies.remove();
});

const deploy = async (variant: string): Promise<Ended> => {
  const assembly = await assemblies.of(variant, settings);
  return tools.cdk(assembly, 'deploy', '--all', '--require-approval', 'never');
};

/** Writes of clients in one Region: those that were answered by each version, and failures. */
const createClients = (region: RegionName) => {
  const answered = new Map<string, number>();
  let isOver = false;
  const reasons = new Set<string>();
  const count = (by: string) => answered.set(by, (answered.get(by) ?? 0) + 1);
  const fail = (reason: string): void => {
    count('failed');
    reasons.add(reason);
  };
  const run = async (_: unknown, client: number): Promise<void> => {
    const account_id = `${region}-${client}`;
    while (!isOver) {
      const transaction_id = randomUUID();
      const command = { operation: 'write', transaction_id, account_id, amount: '1.00' };
      try {
        const { status, headers, body } = await place.ask(region, api, command);
        if (status < 300) count(headers['x-version'] ?? '1');
        else fail(`${status}: ${JSON.stringify(body)}`);
      } catch (error) {
        fail(String(error));
      }
    }
  };
  const running = Array.from({ length: clients }, run);
  return async () => {
    isOver = true;
    await Promise.all(running);
    return { by: (name: string): number => answered.get(name) ?? 0, reasons: [...reasons] };
  };
};

/** Deploys while clients write in both Regions. */
const deployUnderWrites = async (variant: string) => {
  const started = regions.map((region) => createClients(region));
  const ended = await deploy(variant);
  const [east, west] = await Promise.all(started.map((end) => end()));
  if (!east || !west) throw new Error('clients wrote in both Regions');
  return { ended, east, west };
};

const functionIn = (region: RegionName) => {
  const found = place.stack.regions.find((one) => one.region === region);
  const fn = found?.functions.get('antipode-ledger-api');
  if (!fn) throw new Error(`there is no API in ${region}`);
  return fn;
};

const versionOf = async (region: RegionName): Promise<string | undefined> =>
  (await place.ask(region, api, { operation: 'read' })).headers['x-version'];

describe('the ledger with a canary, deployed by the CDK CLI', () => {
  it(
    'is deployed for the first time without one',
    async () => {
      const { code, output } = await deploy('base');
      expect(code, output).toBe(0);
      expect(output).toContain(
        'antipode-ledger-primary.ApiFunctionName = antipode-ledger-api:live',
      );
      for (const region of regions) expect(await versionOf(region)).toBeUndefined();
      const url = place.stack.regions[0]?.functionUrls.get(api);
      const answer = await fetch(url ?? '');
      expect(answer.status).toBe(200);
    },
    timeoutMs,
  );

  it(
    'leads requests to a good version by and by, in both Regions, and fails none',
    async () => {
      const { ended, east, west } = await deployUnderWrites('changed-function');
      expect(ended.code, ended.output).toBe(0);
      for (const { by, reasons } of [east, west]) {
        expect(reasons).toEqual([]);
        expect(by('1')).toBeGreaterThan(0);
        expect(by('2')).toBeGreaterThan(0);
      }
      for (const region of regions) {
        expect(await versionOf(region)).toBe('2');
        expect(functionIn(region).alias('live')).toEqual({ version: '2', others: {} });
        expect(functionIn(region).qualified('1')).toBeUndefined();
      }
    },
    timeoutMs,
  );

  it(
    'leads them back from a version that fails, which never reaches the other Region',
    async () => {
      const { ended, east, west } = await deployUnderWrites('failing-function');
      expect(ended.code, ended.output).toBe(1);
      expect(ended.output).toMatch(/the alarm antipode-ledger-primary-CanaryFailing\w+-\w+ is on/);
      // A tenth in the time of the canary; a fifth leaves room for the draws of few requests.
      const all = east.by('failed') + east.by('2');
      expect(east.by('failed')).toBeGreaterThan(0);
      expect(east.by('failed') / all).toBeLessThan(0.2);
      expect(west.reasons).toEqual([]);
      expect(await place.statuses()).toEqual(
        expect.arrayContaining([
          'antipode-ledger-primary UPDATE_ROLLBACK_COMPLETE',
          'antipode-ledger-secondary UPDATE_COMPLETE',
        ]),
      );
      for (const region of regions) {
        expect(await versionOf(region)).toBe('2');
        expect(functionIn(region).alias('live')).toEqual({ version: '2', others: {} });
        expect(functionIn(region).qualified('3')).toBeUndefined();
      }
    },
    timeoutMs,
  );

  it(
    'is destroyed with its versions in one command',
    async () => {
      const assembly = await assemblies.of('base', settings);
      const { code, output } = await tools.cdk(assembly, 'destroy', '--all', '--force');
      expect(code, output).toBe(0);
      expect(await place.statuses()).toEqual([]);
      expect(await place.clusters()).toEqual([]);
      for (const { functions } of place.stack.regions) expect([...functions.keys()]).toEqual([]);
    },
    timeoutMs,
  );
});
