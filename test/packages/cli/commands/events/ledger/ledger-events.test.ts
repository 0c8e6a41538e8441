import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readCatalogue } from '../../../../../../packages/cli/src/commands/events/catalogue.ts';
import { checkEvents } from '../../../../../../packages/cli/src/commands/events/check-events.ts';
import { readSnapshots } from '../../../../../../packages/cli/src/commands/events/snapshots.ts';
import { ledger } from '../../../../../../src/adapters/ledger/service.ts';

const folder = join(import.meta.dirname, '../../../../../../src/adapters/ledger/events');

it('the events of the ledger fit what it has published, and are recorded', async () => {
  const snapshots = readSnapshots(folder);
  expect(snapshots.length).toBeGreaterThanOrEqual(2);
  const report = checkEvents(await readCatalogue(ledger), snapshots);
  expect(report).toEqual({ problems: [], unrecorded: [] });
});
