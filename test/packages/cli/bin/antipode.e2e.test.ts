import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const launcher = fileURLToPath(
  new URL('../../../../packages/cli/bin/antipode.js', import.meta.url),
);

/** Makes this Node say that it is another. */
const pretending = (version: string): readonly string[] => [
  '--import',
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"${version}"}})`,
];

const run = (program: string, args: readonly string[], nodeArgs: readonly string[] = []) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeArgs, program, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

describe('the antipode command', () => {
  it('lists its commands', () => {
    expect(run(launcher, ['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('local'),
      stderr: '',
    });
  });

  it('ends with 2 and one line for a wrong usage', () => {
    expect(run(launcher, ['fly'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'antipode: fly is no command: see antipode --help\n',
    });
  });

  it('prints the documents of events, and ends with 1 for a change that cannot be borne', () => {
    const folder = mkdtempSync(join(tmpdir(), 'antipode-bin-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const service = fileURLToPath(new URL('../commands/events/booking.ts', import.meta.url));
    const events = (...args: readonly string[]) =>
      run(launcher, ['events', ...args, '--service', service]);
    expect(JSON.parse(events('asyncapi').stdout)).toMatchObject({ asyncapi: '3.0.0' });
    const check = ['check', '--json', '--snapshots', folder];
    const written = ['SeatsReserved.v2.json', 'shop%2FClosed.v1.json'];
    const recorded = events(...check, '--write');
    expect([recorded.status, JSON.parse(recorded.stdout)]).toEqual([
      0,
      { problems: [], unrecorded: written, written },
    ]);
    const closed = join(folder, 'shop%2FClosed.v1.json');
    const snapshot = JSON.parse(readFileSync(closed, 'utf8'));
    snapshot.schema.required.push('by');
    writeFileSync(closed, JSON.stringify(snapshot));
    const { status, stdout, stderr } = events(...check);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      problems: [{ event: 'shop/Closed', version: 1, path: 'data.by', breaks: 'old-readers' }],
    });
    expect(stderr).toMatch(/^antipode: shop\/Closed 1, data\.by: .* Remedy: declare version 2 /);
  });

  it('runs on the bundled Node when its own is too old', () => {
    const { status, stdout } = run(launcher, ['local', '--help'], pretending('20.20.0'));
    expect([status, stdout]).toEqual([0, expect.stringContaining('antipode local:')]);
  });

  it('says in one line which Node it needs when there is no other', () => {
    const folder = mkdtempSync(join(tmpdir(), 'antipode-bin-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    copyFileSync(launcher, join(folder, 'bin', 'antipode.js'));
    expect(run(join(folder, 'bin', 'antipode.js'), [], pretending('22.21.9'))).toEqual({
      status: 1,
      stdout: '',
      stderr: 'antipode needs Node 22.22 or newer; this is 22.21.9\n',
    });
  });
});
