import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { initOptions } from '../../../../../packages/cli/src/commands/init/options.ts';
import { runInit } from '../../../../../packages/cli/src/commands/init/run-init.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'antipode-init-'));
});

const init = (...args: readonly string[]): readonly string[] => {
  const options = initOptions(args, directory);
  if (!options) throw new Error('help was asked for');
  const lines: string[] = [];
  runInit(options, [], { directory, print: (line) => lines.push(line) });
  return lines;
};

describe('antipode init', () => {
  it('writes a project, and prints the next commands', () => {
    expect(init('--name', 'shop')).toEqual([
      `26 files of the service shop are in ${directory}. Go on with:`,
      '',
      '  npm install',
      '  npm test',
      '  npm start',
    ]);
    expect(existsSync(join(directory, 'src/service.ts'))).toBe(true);
  });

  it('leads into another folder first, quoted for a shell', () => {
    expect(init('my code/shop').at(2)).toBe("  cd 'my code/shop'");
  });

  it('leaves a README.md as it is', () => {
    writeFileSync(join(directory, 'README.md'), 'mine');
    init('--name', 'shop');
    expect(readFileSync(join(directory, 'README.md'), 'utf8')).toBe('mine');
    expect(() => init('--name', 'shop')).toThrow('in the way');
  });
});
