import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installExample } from '../../examples/installed-example.ts';
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
} from './deploying.ts';
import { type LivePlace, openLivePlace, type RegionName } from './live-place.ts';
import { type Ended, type Tools, toolsFor } from './tools.ts';

/** A deployment takes up to a minute here, and several times as long on a busy machine. */
const timeoutMs = 900_000;

const api = 'antipode-booking-api';
const unprotected = { PROTECT_DATA: 'off' };

let example: Awaited<ReturnType<typeof installExample>>;
let place: LivePlace;
let tools: Tools;

beforeAll(async () => {
  [example, place] = await Promise.all([installExample('booking'), openLivePlace()]);
  tools = toolsFor(place.url, place.folder);
}, timeoutMs);

afterAll(async () => {
  await place.stop();
  example.remove();
});

type Settings = Readonly<Record<string, string>>;

const cdk = (settings: Settings, ...args: readonly string[]): Promise<Ended> =>
  tools.cdkIn(example.path, settings, ...args);

const deploy = (settings: Settings = {}): Promise<Ended> =>
  cdk(settings, 'deploy', '--all', '--require-approval', 'never');

/** Changes a source of the installed example; the returned function changes it back. */
const edit = (file: string, from: string, to: string): (() => void) => {
  const path = join(example.path, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
  return () => writeFileSync(path, text);
};

const reserve = async (region: RegionName): Promise<void> => {
  const command = { operation: 'reserve', key: randomUUID(), show: 'macbeth', customer: 'ada' };
  const { status, body } = await place.ask(region, api, { ...command, seats: 1 });
  // The show may be sold out before the deployment ends: the service has answered all the same.
  if (status >= 300 && status !== 409) throw new Error(`${status}: ${JSON.stringify(body)}`);
};

const deployUnderWrites = (settings: Settings = {}) => underWrites(reserve, () => deploy(settings));

const askForNobody = async (): Promise<unknown> => {
  const question = { operation: 'reservation', reservation: 'none' };
  return (await place.ask('us-west-2', api, question)).body;
};

/** A consumer more, by the declaration and an entry. */
const addConsumer = (): void => {
  edit(
    'src/booking.ts',
    '    notices: {',
    "    confirmations: { on: ['SeatsReserved'] },\n    notices: {",
  );
  const entry = join(example.path, 'src/handlers/notices.lambda.ts');
  writeFileSync(
    join(example.path, 'src/handlers/confirmations.lambda.ts'),
    readFileSync(entry, 'utf8').replace("booking, 'notices'", "booking, 'confirmations'"),
  );
};

/** A migration more, behind the others. */
const addMigration = (id: string, ddl: string): (() => void) =>
  edit('src/adapters/migrations.ts', '\n];', `\n  { id: '${id}', ddl: \`${ddl}\` },\n];`);

describe('the booking example, installed outside of the repository', () => {
  it(
    'says at its first deployment why the peering failed, and deploys at the next one',
    async () => {
      const end = failPeering(place, 'the clusters were not peered in time');
      const output = fail(await deploy(unprotected));
      end();
      expect(output).toContain('the clusters were not peered in time');
      expect(await place.statuses()).toContain('antipode-booking-data-peering ROLLBACK_COMPLETE');
      succeed(await deploy(unprotected));
      await expectDeployed(place, 'booking');
      await reserve('us-east-1');
      await reserve('us-west-2');
    },
    timeoutMs,
  );

  it(
    'leaves nothing when it is destroyed without protection',
    async () => {
      succeed(await cdk(unprotected, 'destroy', '--all', '--force'));
      await expectDestroyed(place, 0);
    },
    timeoutMs,
  );

  it(
    'is deployed with protection',
    async () => {
      succeed(await deploy());
      await expectDeployed(place, 'booking');
      expect(await askForNobody()).toMatchObject({
        error: { message: 'There is no such reservation' },
      });
    },
    timeoutMs,
  );

  it(
    'takes changed code, a consumer, a migration and another retention, and answers meanwhile',
    async () => {
      edit('src/handlers/booking-api.ts', 'There is no such', 'Nobody knows this');
      addConsumer();
      addMigration('0006-added', 'CREATE TABLE IF NOT EXISTS booking.added (id text PRIMARY KEY)');
      const { ended, writes } = await deployUnderWrites({ EVENT_RETENTION_DAYS: '30' });
      succeed(ended);
      expectUndisturbed(writes);
      expect(await askForNobody()).toMatchObject({
        error: { message: 'Nobody knows this reservation' },
      });
      for (const { functions } of place.stack.regions) {
        expect([...functions.keys()]).toContain('antipode-booking-confirmations');
      }
      for (const type of ['AWS::Events::Archive', 'Custom::AntipodeMigration']) {
        const status = await lastStatus(place, 'us-east-1', {
          ...{ stack: 'antipode-booking-primary', type },
        });
        expect([type, status]).toEqual([type, 'UPDATE_COMPLETE']);
      }
    },
    timeoutMs,
  );

  it(
    'goes back to the version before when a migration fails, says why, and answers meanwhile',
    async () => {
      const undo = addMigration(
        '0007-broken',
        'CREATE TABLE booking.broken (id text PRIMARY KEY REFERENCES booking.nowhere)',
      );
      const { ended, writes } = await deployUnderWrites({ EVENT_RETENTION_DAYS: '30' });
      undo();
      expect(fail(ended)).toContain('0007-broken');
      expectUndisturbed(writes);
      expect(await place.statuses()).toContain('antipode-booking-primary UPDATE_ROLLBACK_COMPLETE');
    },
    timeoutMs,
  );

  it(
    'changes nothing when a permission is missing, and names it',
    async () => {
      const undo = edit(
        'infra/app.ts',
        "{ entries: new URL('../src/handlers', import.meta.url) }",
        `{
  entries: new URL('../src/handlers', import.meta.url),
  extend: ({ primary }) => {
    const [permission] = primary.node
      .findAll()
      .filter((one) => (one as { principal?: string }).principal === 'events.amazonaws.com');
    permission?.node.scope?.node.tryRemoveChild(permission.node.id);
  },
}`,
      );
      const { ended, writes } = await deployUnderWrites({ EVENT_RETENTION_DAYS: '30' });
      undo();
      expect(fail(ended)).toContain('will fail in AWS');
      expectUndisturbed(writes);
    },
    timeoutMs,
  );

  it(
    'is destroyed in one command, which leaves its protected clusters, and brought back over them',
    async () => {
      const reservation = randomUUID();
      const command = { operation: 'reserve', show: 'hamlet', customer: 'ada', seats: 1 };
      await place.ask('us-east-1', api, { ...command, key: reservation });
      succeed(await cdk({}, 'destroy', '--all', '--force'));
      await expectDestroyed(place, 2);
      await importClusters(place, 'booking', cdk);
      succeed(await deploy());
      await expectDeployed(place, 'booking');
      const question = { operation: 'reservation', reservation };
      expect((await place.ask('us-west-2', api, question)).body).toMatchObject({ show: 'hamlet' });
    },
    timeoutMs,
  );
});
