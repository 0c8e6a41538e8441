import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StackIdentity } from '../../../../packages/local-dsql/src/runs/identity.ts';
import {
  openPortFolder,
  type PortFolder,
} from '../../../../packages/local-dsql/src/runs/port-folder.ts';
import type { RunFolder } from '../../../../packages/local-dsql/src/runs/run-folder.ts';

const regions = ['us-east-1', 'us-west-2'];
const dayMs = 24 * 3_600_000;

let project: string;
let run: RunFolder;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'antipode-port-'));
  const path = mkdtempSync(join(tmpdir(), 'antipode-port-run-'));
  run = { path, write: () => '', remove: () => rmSync(path, { recursive: true }) };
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(project, { recursive: true });
  run.remove();
});

const open = (port = 4100): PortFolder => openPortFolder(project, port, run);

/** The identity that a stack on that port gets, and keeps. */
const start = (port?: number, ofRegions: readonly string[] = regions): StackIdentity => {
  const folder = open(port);
  const identity = folder.identity(ofRegions);
  folder.keepIdentity();
  return identity;
};

const kept = (name: string): string => join(project, '.antipode/port-4100', name);

describe('the folder of a port', () => {
  it('has the same paths, keys and certificate for every stack on the port', () => {
    const before = start();
    expect(open().write('aws-config', 'one')).toBe(open().write('aws-config', 'other'));
    expect(start()).toEqual(before);
    expect(start(4100, ['us-west-2'])).toEqual(before);
  });

  it('can be read by this user alone', () => {
    start();
    expect(statSync(kept('.')).mode & 0o777).toBe(0o700);
    expect(readdirSync(kept('.'))).toEqual(['identity.json']);
    expect(statSync(kept('identity.json')).mode & 0o777).toBe(0o600);
  });

  it('shares nothing with another port', () => {
    const one = start(4100);
    const other = start(5100);
    expect(other.keys.secretAccessKey).not.toBe(one.keys.secretAccessKey);
    expect(other.certificate.ca).not.toBe(one.certificate.ca);
  });

  it('is not changed by a stack that finds its port taken', () => {
    const before = start();
    open().identity(['eu-west-1']);
    expect(start()).toEqual(before);
  });

  it('gets a new certificate a week before the old one ends', () => {
    const before = start();
    vi.useFakeTimers({ now: Date.now() + 22 * dayMs, toFake: ['Date'] });
    expect(start()).toEqual(before);
    vi.setSystemTime(Date.now() + 2 * dayMs);
    expect(start().certificate.ca).not.toBe(before.certificate.ca);
  });

  it('gets a new certificate for a Region that the old one does not name', () => {
    const before = start();
    expect(start(4100, ['eu-west-1']).certificate.ca).not.toBe(before.certificate.ca);
  });

  it.each(['', '{', '{}', '{"keys":{},"certificate":{"ca":"a","cert":"b","key":"c"}}'])(
    'makes another identity where %j is what it holds',
    (content) => {
      start();
      writeFileSync(kept('identity.json'), content, { mode: 0o600 });
      const identity = start();
      expect(identity.keys.secretAccessKey).toHaveLength(40);
      expect(start()).toEqual(identity);
    },
  );

  it('follows no link in its place', () => {
    mkdirSync(join(project, 'elsewhere'));
    mkdirSync(join(project, '.antipode'), { mode: 0o700 });
    symlinkSync('../elsewhere', join(project, '.antipode/port-4100'));
    expect(() => start()).toThrow(/port-4100 is no folder of this user alone: remove it$/);
    expect(readdirSync(join(project, 'elsewhere'))).toEqual([]);
  });

  it('is that of the run where the port is any free one', () => {
    start(0);
    expect(open(0).write('aws-config', '')).toBe(join(run.path, 'aws-config'));
    expect(readdirSync(run.path)).toEqual(['aws-config']);
    expect(readdirSync(project)).toEqual([]);
  });

  it('is that of the run where other users can write to the project', () => {
    chmodSync(project, 0o777);
    start();
    expect(open().write('aws-config', '')).toBe(join(run.path, 'aws-config'));
    expect(readdirSync(run.path)).toEqual(['aws-config']);
  });

  it('is not used where other users can write to it', () => {
    start();
    chmodSync(kept('.'), 0o777);
    expect(() => start()).toThrow(/port-4100 is no folder of this user alone: remove it$/);
  });
});
