import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEnvFile } from '../../../../packages/local-dsql/src/command/env-file.ts';
import {
  dsqlEnvironmentLines,
  dsqlVariables,
} from '../../../../packages/local-dsql/src/runs/dsql-environment.ts';

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

  it('is refused where a person has added lines to it, whose values are not shown', () => {
    const path = join(folder, '.env');
    openEnvFile(folder, '.env').write('PGPORT="1"\n');
    const text = `${readFileSync(path, 'utf8')}\nAPI_KEY=secret\n`;
    writeFileSync(path, text);
    expect(() => openEnvFile(folder, '.env')).toThrow(
      /^--write-env \.env: each start replaces this file, and API_KEY in it is not from this command: move it to another file$/,
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('is refused where a file has come there since the start', () => {
    const file = openEnvFile(folder, '.env');
    writeFileSync(join(folder, '.env'), 'SECRET=1\n');
    expect(() => file.write('PGPORT="1"\n')).toThrow('not from this command');
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe('SECRET=1\n');
  });

  it('is refused at the start in a folder that does not exist', () => {
    expect(() => openEnvFile(folder, 'none/x.env')).toThrow(
      '--write-env none/x.env: its folder does not exist: make it, or give another name',
    );
  });

  it('is refused where something else than a file is', () => {
    expect(() => openEnvFile(folder, '.')).toThrow('this is no plain file: give another name');
  });

  it('is taken again with all variables that this command writes', () => {
    const keys = { accessKeyId: 'a', secretAccessKey: 's=', sessionToken: 't' };
    const access = { endpoint: '127.0.0.1:1', region: 'us-east-1', keys, caFile: '/ca.pem' };
    const lines = dsqlEnvironmentLines({ ...access, host: '127.0.0.1', port: 1, token: 't' });
    openEnvFile(folder, 'x.env').write(lines);
    expect(() => openEnvFile(folder, 'x.env')).not.toThrow();
    expect(lines.match(/^\w+(?==)/gm)).toEqual([...dsqlVariables]);
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
