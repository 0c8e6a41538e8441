import {
  chmodSync,
  lchownSync,
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
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKeptState } from '../../../../packages/cli/src/local/stack/kept-state.ts';
import {
  claimDataFolder,
  createDataFolder,
} from '../../../../packages/local-dsql/src/folders/data-folder.ts';

const asRoot = process.geteuid?.() === 0;
const stranger = 65_534;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-data-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inside = (...names: readonly string[]): string => join(folder, ...names);
const never = () => false;

describe('a data folder is made', () => {
  it('with those above it', () => {
    createDataFolder(inside('a', 'b', 'c'), 0o700);
    expect(statSync(inside('a', 'b', 'c')).mode & 0o777).toBe(0o700);
    createDataFolder(inside('a', 'b', 'c'), 0o700);
  });

  it.runIf(process.platform === 'linux').each(['/proc/x', '/proc/x/y/z', '/sys/x'])(
    'nowhere in %s, and the attempt ends',
    (path) => {
      expect(() => createDataFolder(path, 0o700)).toThrow(/^Cannot write to the data folder .*\.$/);
    },
  );

  it('in no place that something else has', () => {
    writeFileSync(inside('file'), '');
    symlinkSync('gone', inside('link'));
    symlinkSync('loop', inside('loop'));
    for (const name of ['file', 'link', 'loop', 'file/below']) {
      expect(() => createDataFolder(inside(name), 0o700)).toThrow(
        /^Cannot write to the data folder .*(no folder|in the way).*\.$/,
      );
    }
  });
});

describe('a data folder is taken', () => {
  it('when it is empty, and again when it has grown', () => {
    claimDataFolder(folder, 'stack', never);
    writeFileSync(inside('anything'), '');
    claimDataFolder(folder, 'stack', never);
    expect(readdirSync(folder).sort()).toEqual(['antipode-data.json', 'anything']);
  });

  it('when an older version made it, which set no mark', () => {
    writeFileSync(inside('known'), '');
    claimDataFolder(folder, 'stack', (names) => names.join() === 'known');
    claimDataFolder(folder, 'stack', never);
  });

  it('after a start that was killed while it set the mark', () => {
    writeFileSync(inside('antipode-data.json'), '');
    claimDataFolder(folder, 'stack', never);
  });

  it('not when it holds somebody’s files, some of which are named', () => {
    for (const name of ['d', 'c', 'b', 'a']) writeFileSync(inside(name), '');
    expect(() => claimDataFolder(folder, 'stack', never)).toThrow(
      /holds other files \(a, b, c, …\): choose an empty or a new one\.$/,
    );
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it('not when another command made it', () => {
    claimDataFolder(folder, 'postgres', never);
    expect(() => claimDataFolder(folder, 'stack', () => true)).toThrow(
      /is one of antipode local dsql, not of antipode local: choose another\.$/,
    );
  });

  it.runIf(asRoot)('by its owner, though root has marked it', () => {
    claimDataFolder(folder, 'stack', never);
    chmodSync(folder, 0o755);
    expect(statSync(inside('antipode-data.json')).mode & 0o777).toBe(0o644);
  });

  it.runIf(asRoot)('not by the mark of a third user', () => {
    claimDataFolder(folder, 'stack', never);
    lchownSync(inside('antipode-data.json'), stranger, stranger);
    writeFileSync(inside('letter'), '');
    expect(() => claimDataFolder(folder, 'stack', never)).toThrow(/holds other files \(letter\)/);
  });
});

describe('what a stack keeps', () => {
  it('is not put among somebody’s documents', () => {
    mkdirSync(inside('documents'));
    writeFileSync(inside('documents', 'letter.txt'), 'dear');
    expect(() => openKeptState(inside('documents'))).toThrow(/holds other files \(letter\.txt\)/);
    expect(readdirSync(inside('documents'))).toEqual(['letter.txt']);
  });
});
