import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../../arch/tools.ts';
import { antipodeLocal, freePorts, type Runner } from '../../e2e/local-app/runner.ts';

const start = (directory: string, ...args: readonly string[]): Runner => {
  const runner = antipodeLocal(directory, [...freePorts, ...args]);
  onTestFinished(async () => {
    runner.child.kill('SIGINT');
    await runner.exited;
  });
  return runner;
};

test('two services run side by side, each with its own antipode local', async () => {
  const ledger = start(root, '--no-watch');
  await ledger.prints('The self-check passed.');
  const booking = start(join(root, 'examples/booking'), '--no-watch');
  await booking.prints('The self-check passed.');

  expect(ledger.child.exitCode).toBe(null);
  const [, address = ''] = /antipode-ledger-api\s+(http:\S+)/.exec(ledger.output()) ?? [];
  const headers = { 'content-type': 'application/json' };
  const read = await fetch(address, { method: 'POST', headers, body: '{"operation":"read"}' });
  expect(read.status).toBe(200);
  const [, url = ''] = /antipode-booking-api\s+(http:\S+)/.exec(booking.output()) ?? [];
  const body = '{"operation":"show","show":"hamlet"}';
  const show = await fetch(url, { method: 'POST', headers, body });
  expect(await show.json()).toMatchObject({ id: 'hamlet', free: 100 });
}, 300_000);
