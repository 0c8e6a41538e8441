import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSourceChanges } from '../../../../../packages/cli/src/local/watch/source-changes.ts';
import {
  isSource,
  watchSources,
} from '../../../../../packages/cli/src/local/watch/source-watcher.ts';

const watched = (files: readonly string[], excluded: readonly string[] = []) => {
  const root = mkdtempSync(join(tmpdir(), 'antipode-watch-'));
  const write = (file: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), `${Math.random()}`);
  };
  files.forEach(write);
  const heard: string[] = [];
  const { stop } = watchSources(root, {
    excluded: excluded.map((name) => join(root, name)),
    onChange: (path) => heard.push(path),
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(() => {
    stop();
    rmSync(root, { recursive: true, force: true });
  });
  const sees = (...paths: readonly string[]) =>
    expect
      .poll(() => [...new Set(heard)].toSorted(), { timeout: 10_000 })
      .toEqual(paths.toSorted());
  return { root, write, heard, sees };
};

describe('a source file', () => {
  it.each([
    'a.ts',
    'src/a.mts',
    'src/a.js',
    'a.jsx',
    'migrations/1.sql',
    'src/words.json',
    'cdk.json',
    'tsconfig.base.json',
  ])('is %s', (path) => expect(isSource(path)).toBe(true));

  it.each([
    'out.json',
    'README.md',
    'src/a.test.ts',
    'src/.a.ts',
    'src/a.ts~',
    'a.log',
    '4913',
    'a.tsbuildinfo',
  ])('is not %s', (path) => expect(isSource(path)).toBe(false));
});

describe('watchSources', () => {
  it('hears of a file that is written, renamed over or removed, in any folder', async () => {
    const { root, write, sees } = watched(['a.ts', 'deep/er/b.ts', 'c.ts']);
    write('a.ts');
    write('deep/er/other.txt');
    renameSync(join(root, 'deep/er/other.txt'), join(root, 'deep/er/b.ts'));
    rmSync(join(root, 'c.ts'));
    await sees('a.ts', 'deep/er/b.ts', 'c.ts');
  });

  it('hears of files in folders that come later, and in one that is made again', async () => {
    const { root, write, sees } = watched(['src/a.ts']);
    write('new/er/b.ts');
    await sees('new/er/b.ts');
    rmSync(join(root, 'src'), { recursive: true });
    await sees('new/er/b.ts', 'src/a.ts');
    write('src/c.ts');
    await sees('new/er/b.ts', 'src/a.ts', 'src/c.ts');
    write('src/d.ts');
    await sees('new/er/b.ts', 'src/a.ts', 'src/c.ts', 'src/d.ts');
  });

  it('hears of files in a folder that has taken the place of another', async () => {
    const { root, write, sees } = watched(['src/in/a.ts', 'other/in/a.ts']);
    renameSync(join(root, 'src'), join(root, '.old'));
    renameSync(join(root, 'other'), join(root, 'src'));
    await sees('src/in/a.ts');
    write('src/in/b.ts');
    await sees('src/in/a.ts', 'src/in/b.ts');
  });

  it('hears once of a file that is written again with the same content', async () => {
    const { root, heard, sees } = watched(['built.js', 'a.ts']);
    for (let times = 0; times < 3; times += 1) {
      writeFileSync(join(root, 'built.js'), 'the same');
      writeFileSync(join(root, 'a.ts'), `${times}`);
      await expect
        .poll(() => heard.filter((path) => path === 'a.ts').length)
        .toBeGreaterThan(times);
    }
    await sees('a.ts', 'built.js');
    // One more where it was seen empty, while it was being written.
    expect(heard.filter((path) => path === 'built.js').length).toBeLessThanOrEqual(2);
  });

  it('hears nothing of packages, of the output of tools, of hidden and of excluded folders', async () => {
    const quiet = ['node_modules/a/a.ts', 'dist/a.js', '.antipode/run/a.ts', 'data/a.sql'];
    const { write, sees } = watched([...quiet, 'a.ts'], ['data']);
    quiet.forEach(write);
    write('a.ts');
    await sees('a.ts');
  });

  it('says once that a folder cannot be watched', () => {
    const errors: Error[] = [];
    const root = join(import.meta.dirname, 'nowhere');
    watchSources(root, {
      excluded: [],
      onChange: () => {},
      onError: (error) => errors.push(error),
    });
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('ENOENT')]);
  });
});

describe('the changes of source files', () => {
  it('are taken together, each path once', async () => {
    const changes = createSourceChanges();
    const { signal } = new AbortController();
    for (const path of ['a', 'b', 'a']) changes.add(path);
    expect(await changes.take(signal)).toEqual(['a', 'b']);
    changes.add('c');
    expect(await changes.take(signal)).toEqual(['c']);
  });

  it('are waited for until the person ends it', async () => {
    const ended = new AbortController();
    const taken = createSourceChanges().take(ended.signal);
    ended.abort(new Error('interrupted'));
    await expect(taken).rejects.toThrow('interrupted');
  });
});
