import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeProject } from '../../../../../packages/cli/src/commands/init/write-project.ts';

const source = join(
  import.meta.dirname,
  '../../../../../packages/cli/src/commands/init/write-project.ts',
);

const files = new Map([
  ['package.json', '{}'],
  ['src/domain/orders.ts', 'orders'],
  ['src/service.ts', 'service'],
]);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-write-'));
});

const paths = (): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();

describe('the files of a project', () => {
  it('are written beside others, into a folder that need not exist', () => {
    mkdirSync(join(folder, '.git'));
    writeProject(folder, files);
    expect(readFileSync(join(folder, 'src/domain/orders.ts'), 'utf8')).toBe('orders');
    expect(existsSync(join(folder, '.git'))).toBe(true);
    writeProject(join(folder, 'a/b'), files);
    expect(readFileSync(join(folder, 'a/b/package.json'), 'utf8')).toBe('{}');
  });

  it('replace none that is there: all of those are named, and nothing is written', () => {
    writeFileSync(join(folder, 'package.json'), 'mine');
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src/service.ts'), 'mine too');
    expect(() => writeProject(folder, files)).toThrow(
      'init: in the way: package.json, src/service.ts. Nothing was written: give an empty folder',
    );
    expect(paths()).toEqual(['package.json', 'src', 'src/service.ts']);
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('mine');
  });

  it('are not written where a file has the name of one of their folders', () => {
    writeFileSync(join(folder, 'src'), 'mine');
    expect(() => writeProject(folder, files)).toThrow('in the way: src. Nothing was written');
    expect(() => writeProject(join(folder, 'src'), files)).toThrow('/src. Nothing was written');
    expect(paths()).toEqual(['src']);
  });

  it('are removed again, with their folders, when one of them cannot be written', () => {
    mkdirSync(join(folder, 'src'));
    const failing = new Map([...files, ['package.json/file-below-a-file', '']]);
    expect(() => writeProject(folder, failing)).toThrow('EEXIST');
    expect(paths()).toEqual(['src']);
  });

  it('are removed again, with their folders, when the disk takes only a part of one', () => {
    const code = `import { writeProject } from ${JSON.stringify(source)};
      const files = new Map([['package.json', '{}'], ['src/large.ts', 'x'.repeat(99_999)]]);
      writeProject(${JSON.stringify(folder)}, files);`;
    const node = '"$1" --input-type=module --eval "$2"';
    const limited = ['-c', `ulimit -f 2; exec ${node}`, 'sh', process.execPath, code];
    const { stderr } = spawnSync('sh', limited, { encoding: 'utf8' });
    expect(stderr).toContain('EFBIG');
    expect(paths()).toEqual([]);
  });
});
