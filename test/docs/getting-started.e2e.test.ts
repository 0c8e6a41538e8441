import { execFile } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { initOptions } from '../../packages/cli/src/commands/init/options.ts';
import { runInit } from '../../packages/cli/src/commands/init/run-init.ts';
import { buildFolder } from '../arch/tools.ts';
import { antipodeLocal, freePorts } from '../e2e/local-app/runner.ts';
import { shellLines } from '../support/page-commands.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/getting-started.md'), 'utf8');
const lines = shellLines(page);
const requests = lines.filter((line) => line.startsWith('curl '));
const answers = [...page.matchAll(/^```json\n(.*?)\n^```/gms)].map(([, text = '']) => text);

/** `test/packages/cli/commands/init/init.proof.test.ts` runs these on the packed packages. */
const preparing = [
  '(cd CHECKOUT && npm ci && npm run pack)',
  'node CHECKOUT/packages/cli/bin/antipode.js init shop',
  'cd shop',
  'npm install',
  'npm test',
  'npm run typecheck',
  'npm start',
];

it('the page has the commands that are run, and an answer of each request', () => {
  expect(lines).toEqual([...preparing, ...requests]);
  expect(requests).toHaveLength(2);
  expect(answers).toHaveLength(2);
});

it('a person who follows the page gets its answers', async () => {
  const folder = buildFolder();
  onTestFinished(folder.remove);
  // PostgreSQL runs as another user where the tests run as root.
  chmodSync(folder.path, 0o755);
  const [, args = ''] = /antipode\.js init (.*)/.exec(lines.join('\n')) ?? [];
  const options = initOptions(args.split(' '), folder.path);
  if (!options) throw new Error('the page asks for help');
  // The packages of this repository are found above the folder.
  runInit(options, [], { directory: folder.path, print: () => undefined });
  const stack = antipodeLocal(options.folder, [...freePorts, '--no-watch']);
  onTestFinished(async () => {
    stack.child.kill('SIGTERM');
    await stack.exited;
  });
  await stack.prints('Self-check');
  const output = await stack.prints('The self-check passed.');
  const ports = [...output.matchAll(/Lambda, EventBridge, SQS +http:\/\/127\.0\.0\.1:(\d+)/g)];
  const [primary = '', secondary = ''] = ports.map(([, port = '']) => port);
  const ask = async (request: string): Promise<string> => {
    const command = request.replace(':4100/', `:${primary}/`).replace(':4200/', `:${secondary}/`);
    return (await promisify(execFile)('sh', ['-c', command])).stdout;
  };
  const [place = '', shipment = ''] = requests;
  expect(await ask(place)).toBe(answers[0]);
  expect(await ask(place)).toBe(answers[0]);
  await expect.poll(() => ask(shipment), { timeout: 60_000 }).toBe(answers[1]);
}, 300_000);
