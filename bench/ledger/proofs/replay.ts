/**
 * Replays an archive of 10,000 events: the proof among the tests, which replays 1,000 there. It
 * ends with 1 when an event has a new effect or crosses Regions.
 */
import { startVitest } from 'vitest/node';

process.env['REPLAYED_EVENTS'] = '10000';
const vitest = await startVitest('test', ['test/e2e/ledger/replay.e2e.proof.test.ts'], {
  project: ['proof'],
  run: true,
});
await vitest.exit();
