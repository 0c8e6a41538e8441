import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEnvFile } from '../../../../packages/local-dsql/src/command/env-file.ts';
import { dsqlEnvironmentLines } from '../../../../packages/local-dsql/src/runs/dsql-environment.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-env-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the file of --write-env', () => {
  it('is replaced at each start, and read by this user alone', () => {
    for (const lines of ['PGPORT="1"\n', 'PGPORT="2"\n']) openEnvFile(folder, 'x.env').write(lines);
    const path = join(folder, 'x.env');
    expect(readFileSync(path, 'utf8')).toBe(
      '# Written by antipode-local-dsql at each start.\nPGPORT="2"\n',
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is refused where another file is, which stays', () => {
    writeFileSync(join(folder, '.env'), 'SECRET=1\n');
    expect(() => openEnvFile(folder, '.env')).toThrow(
      '--write-env .env: this file is not from this command: give another name, or remove it',
    );
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe('SECRET=1\n');
  });

  it('is refused by its name in a folder that does not exist', () => {
    const file = openEnvFile(folder, 'none/x.env');
    expect(() => file.write('')).toThrow(/^--write-env none\/x\.env: ENOENT/);
  });

  it('cannot name a path with a quote, which readers of such files take differently', () => {
    const keys = { accessKeyId: 'a', secretAccessKey: 's' };
    const access = { endpoint: '127.0.0.1:1', region: 'us-east-1', keys };
    const password = { host: '127.0.0.1', port: 1, token: 't' };
    expect(() => dsqlEnvironmentLines({ ...access, ...password, caFile: '/a"b/ca.pem' })).toThrow(
      '/a"b/ca.pem: move the project to a path without quotes',
    );
  });
});
