import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ownPackages } from '../../../../../packages/cli/src/commands/init/own-packages.ts';

const names = ['antipode', 'antipode-cli', 'antipode-local-dsql'];

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'antipode-own-'));
});

const write = (path: string, content: string): string => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
  return join(root, path);
};

/** The folder of the installed command, whose packages npm has from somewhere. */
const installed = (resolved: (name: string) => string): string => {
  const packages = names.map((name) => [`node_modules/${name}`, { resolved: resolved(name) }]);
  const notes = { packages: Object.fromEntries(packages) };
  write('app/node_modules/.package-lock.json', JSON.stringify(notes));
  write('app/node_modules/antipode-cli/package.json', '{ "version": "1.2.3" }');
  return join(root, 'app/node_modules/antipode-cli');
};

const versions = names.map((name) => ({ name, version: '1.2.3' }));

describe('the packages of a new project', () => {
  it('have the version of the command, where it comes from the registry', () => {
    expect(ownPackages(installed((name) => `https://npm.example/${name}.tgz`))).toEqual(versions);
  });

  it('have the version of the command, where npm has not installed it', () => {
    write('node_modules/antipode-cli/package.json', '{ "version": "1.2.3" }');
    expect(ownPackages(join(root, 'node_modules/antipode-cli'))).toEqual(versions);
  });

  it('are the archives that the command was installed from', () => {
    const folder = installed((name) => `file:../packed/${name}.tgz`);
    const archives = names.map((name) => write(`packed/${name}.tgz`, name));
    expect(ownPackages(folder)).toEqual(
      versions.map((one, at) => ({ ...one, archive: archives[at] })),
    );
  });

  it('are the archives that were packed in the checkout', () => {
    write('packages/cli/package.json', '{ "version": "1.2.3" }');
    write('packages/cli/src/main.ts', '');
    const archives = names.map((name) => write(`dist/packed/${name}-1.2.3.tgz`, name));
    expect(ownPackages(join(root, 'packages/cli')).map(({ archive }) => archive)).toEqual(archives);
  });

  it('come from no registry where an archive has gone', () => {
    const folder = installed((name) => `file:../packed/${name}.tgz`);
    const archive = join(root, 'packed/antipode.tgz');
    expect(() => ownPackages(folder)).toThrow(
      `init: there is no ${archive}: run npm run pack in the checkout`,
    );
  });
});
