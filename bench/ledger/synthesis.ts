/**
 * `npm run bench -- synthesis` measures `npx cdk synth` of the ledger and of the booking example
 * without a network. It prints the time that passes and the time of the processor. The latter is
 * compared with the bar, since a machine with other work to do changes it least. On one without,
 * the synthesis takes no longer. It ends with 1 when a synthesis fails or takes too long.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const cdk = join(root, 'node_modules/.bin/cdk');
const apps = { ledger: root, booking: join(root, 'examples/booking') };

const rounds = 3;
const secondsMax = 10;

/** A network of its own has no way out. Where there is none, a dead proxy takes its place. */
const unshare = ['unshare', '--net', '--map-root-user'];
const hasUnshare = spawnSync('unshare', [...unshare.slice(1), 'true']).status === 0;
const offline = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };

type Taken = { readonly passed: number; readonly processor: number };

/** The seconds that one synthesis takes, as the shell measures them. */
const synthesize = (folder: string): Taken => {
  const out = mkdtempSync(join(tmpdir(), 'antipode-synthesis-'));
  const command = [...(hasUnshare ? unshare : []), cdk, 'synth', '--quiet', '--output', out];
  const { status, stderr } = spawnSync('bash', ['-c', 'time "$@"', 'time', ...command], {
    ...{ cwd: folder, encoding: 'utf8' },
    env: { ...process.env, ...offline, TIMEFORMAT: 'seconds %R %U %S' },
  });
  rmSync(out, { recursive: true, force: true });
  const [, passed, user, system] = /^seconds (\S+) (\S+) (\S+)$/m.exec(stderr) ?? [];
  if (status !== 0) throw new Error(`cdk synth in ${folder} has failed: ${stderr}`);
  return { passed: Number(passed), processor: Number(user) + Number(system) };
};

console.log(`cdk synth without a network, ${rounds} times; load ${loadavg()[0]?.toFixed(1)}`);
for (const [name, folder] of Object.entries(apps)) {
  const taken = Array.from({ length: rounds }, () => synthesize(folder));
  const line = (of: keyof Taken): string =>
    taken.map((one) => `${one[of].toFixed(1)} s`).join(', ');
  console.log(
    `${name}: processor ${line('processor')} (bar ${secondsMax} s); passed ${line('passed')}`,
  );
  if (!taken.every(({ processor }) => processor <= secondsMax)) process.exitCode = 1;
}
