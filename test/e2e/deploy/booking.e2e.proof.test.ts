import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installExample } from '../../examples/installed-example.ts';
import { type LivePlace, openLivePlace, type RegionName } from './live-place.ts';
import { type Ended, type Tools, toolsFor } from './tools.ts';
import { keepWriting } from './writer.ts';

/** A deployment takes up to a minute here, and several times as long on a busy machine. */
const timeoutMs = 600_000;

const api = 'antipode-booking-api';

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

const deploy = (): Promise<Ended> =>
  tools.cdkIn(example.path, 'deploy', '--all', '--require-approval', 'never');

const succeed = ({ code, output }: Ended): string => {
  expect(code, output).toBe(0);
  return output;
};

/** Changes a source of the installed example. */
const edit = (file: string, from: string, to: string): void => {
  const path = join(example.path, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
};

const reserve = async (region: RegionName): Promise<void> => {
  const command = { operation: 'reserve', key: randomUUID(), show: 'hamlet', customer: 'ada' };
  const { status, body } = await place.ask(region, api, { ...command, seats: 1 });
  // The show may be sold out before the deployment ends: the service has answered all the same.
  if (status >= 300 && status !== 409) throw new Error(`${status}: ${JSON.stringify(body)}`);
};

describe('the booking example, installed outside of the repository', () => {
  it(
    'is deployed by npx cdk deploy --all',
    async () => {
      succeed(await deploy());
      const statuses = await place.statuses();
      expect(statuses.map((line) => line.replace(/ (?:CREATE|UPDATE)_COMPLETE$/, ''))).toEqual(
        ['data-peering', 'data-primary', 'data-secondary', 'primary', 'secondary'].map(
          (part) => `antipode-booking-${part}`,
        ),
      );
      await reserve('us-east-1');
      await reserve('us-west-2');
    },
    timeoutMs,
  );

  it(
    'runs changed code after an update, and answers meanwhile',
    async () => {
      const ask = () =>
        place.ask('us-west-2', api, { operation: 'reservation', reservation: 'none' });
      expect((await ask()).body).toMatchObject({
        error: { message: 'There is no such reservation' },
      });
      edit('src/handlers/booking-api.ts', 'There is no such', 'Nobody knows this');
      const writer = keepWriting(() => reserve('us-east-1'));
      const ended = await deploy();
      const { written, failures } = await writer.stop();
      succeed(ended);
      expect(failures).toEqual([]);
      expect(written).toBeGreaterThan(0);
      expect((await ask()).body).toMatchObject({
        error: { message: 'Nobody knows this reservation' },
      });
    },
    timeoutMs,
  );

  it(
    'is destroyed in one command, and leaves its protected clusters',
    async () => {
      succeed(await tools.cdkIn(example.path, 'destroy', '--all', '--force'));
      expect(await place.statuses()).toEqual([]);
      expect(await place.clusters()).toHaveLength(2);
    },
    timeoutMs,
  );
});
