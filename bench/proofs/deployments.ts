/**
 * Plays 1,000 lives of a deployment: the proof among the tests, which plays 200 there. It ends with
 * 1 when a command ends badly, or when a planted bug is not found.
 */
import { startVitest } from 'vitest/node';

process.env['PLAYED_LIVES'] = '1000';
const vitest = await startVitest('test', ['test/infra/deployment-runs'], {
  project: ['proof'],
  run: true,
});
await vitest.exit();
