import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openKeptState } from '../../../../packages/cli/src/local/stack/kept-state.ts';
import {
  createPrivateFile,
  readTrusted,
  replaceableAt,
  replacePrivateFile,
} from '../../../../packages/local-dsql/src/folders/private-folder.ts';
import { createTemporaryFolder } from '../../../../packages/local-dsql/src/folders/temporary-folder.ts';
import { createRunFolder } from '../../../../packages/local-dsql/src/runs/run-folder.ts';

const asRoot = process.geteuid?.() === 0;
/** Any user but this one. */
const stranger = 65_534;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-private-'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const inside = (...names: readonly string[]): string => join(folder, ...names);

const makeFolder = (name: string, mode = 0o755): string => {
  mkdirSync(inside(name));
  chmodSync(inside(name), mode);
  return inside(name);
};

/** Gives a path to another user, without following a link. */
const give = (path: string): string => {
  lchownSync(path, stranger, stranger);
  return path;
};

describe('a temporary folder', () => {
  it('is for this user alone, and another each time', () => {
    const [one, other] = [
      createTemporaryFolder('antipode-x-'),
      createTemporaryFolder('antipode-x-'),
    ];
    expect(statSync(one).mode & 0o777).toBe(0o700);
    expect(other).not.toBe(one);
    for (const path of [one, other]) rmSync(path, { recursive: true });
  });

  it.each([
    ['0777', 0o777],
    ['0773', 0o773],
  ])('is refused where the temporary folder has mode %s', (_mode, mode) => {
    vi.stubEnv('TMPDIR', makeFolder('shared', mode));
    expect(() => createTemporaryFolder('x-')).toThrow(/: set TMPDIR to a folder of your own\.$/);
    expect(readdirSync(inside('shared'))).toEqual([]);
  });

  it('is made where the temporary folder is sticky', () => {
    vi.stubEnv('TMPDIR', makeFolder('sticky', 0o1777));
    expect(existsSync(createTemporaryFolder('x-'))).toBe(true);
  });

  it('is refused below a folder that everybody may write to', () => {
    makeFolder('above', 0o777);
    vi.stubEnv('TMPDIR', makeFolder('above/mine'));
    expect(() => createTemporaryFolder('x-')).toThrow(/set TMPDIR/);
  });

  it.runIf(asRoot)('is refused where the temporary folder is another user’s', () => {
    vi.stubEnv('TMPDIR', give(makeFolder('theirs')));
    expect(() => createTemporaryFolder('x-')).toThrow(/set TMPDIR/);
  });
});

describe('the way to a folder', () => {
  it('is safe through folders and links of this user', () => {
    makeFolder('real');
    symlinkSync('real', inside('link'));
    expect(replaceableAt(inside('link'))).toBeUndefined();
  });

  it('is named where everybody may write to a folder on it', () => {
    makeFolder('open', 0o777);
    makeFolder('open/mine', 0o700);
    makeFolder('open/mine/deep', 0o700);
    expect(replaceableAt(inside('open/mine/deep'))).toContain('open');
  });

  it.runIf(asRoot)('is named where another group may write to a folder on it', () => {
    makeFolder('group', 0o775);
    makeFolder('group/mine', 0o700);
    expect(replaceableAt(inside('group/mine'))).toBeUndefined();
    chownSync(inside('group'), 0, stranger);
    expect(replaceableAt(inside('group/mine'))).toContain('group');
  });

  it.runIf(asRoot)('is named where another user made a link on it', () => {
    makeFolder('real');
    makeFolder('real/below');
    makeFolder('sticky', 0o1777);
    symlinkSync(inside('real'), inside('sticky/link'));
    give(inside('sticky/link'));
    expect(replaceableAt(inside('sticky/link/below'))).toBe(inside('sticky/link'));
  });

  it.runIf(asRoot)('is safe through a link that the owner of its folder made', () => {
    makeFolder('real');
    give(makeFolder('theirs'));
    symlinkSync(inside('real'), inside('theirs/link'));
    give(inside('theirs/link'));
    expect(replaceableAt(inside('theirs/link'))).toBeUndefined();
  });
});

describe('a file that is read', () => {
  it('is a plain file of this user', () => {
    createPrivateFile(inside('own'), 'text');
    expect(statSync(inside('own')).mode & 0o777).toBe(0o600);
    expect(readTrusted(inside('own'))).toBe('text');
  });

  it('is no link, no pipe, no folder, and has one name', () => {
    createPrivateFile(inside('own'), 'text');
    symlinkSync('own', inside('link'));
    linkSync(inside('own'), inside('second'));
    makeFolder('folder');
    for (const name of ['link', 'second', 'own', 'folder']) {
      expect(() => readTrusted(inside(name))).toThrow();
    }
  });

  it.runIf(asRoot)('is not another user’s', () => {
    writeFileSync(inside('theirs'), 'text');
    give(inside('theirs'));
    expect(() => readTrusted(inside('theirs'))).toThrow(/no file of this user/);
    expect(readTrusted(inside('theirs'), ({ uid }) => uid === stranger)).toBe('text');
  });
});

describe('a file that is written', () => {
  it('is never written through a link', () => {
    writeFileSync(inside('victim'), 'kept');
    symlinkSync('victim', inside('link'));
    expect(() => createPrivateFile(inside('link'), 'new')).toThrow(/EEXIST/);
    replacePrivateFile(inside('link'), 'new');
    expect([readFileSync(inside('victim'), 'utf8'), readFileSync(inside('link'), 'utf8')]).toEqual([
      'kept',
      'new',
    ]);
    expect(lstatSync(inside('link')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['link', 'victim']);
  });
});

describe('the folder of a run', () => {
  it('is below the project’s .antipode, for this user alone, and leaves nothing', () => {
    const { path, write, remove } = createRunFolder(folder);
    expect(path).toMatch(new RegExp(`^${inside('.antipode', 'run-')}${process.pid}-`));
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(write('keys', 'secret')).mode & 0o777).toBe(0o600);
    remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes what a run left that was killed, and nothing of one that lives', () => {
    for (const name of ['run-999999999-abc', 'run-999999999', `run-${process.ppid}-abc`, 'mine']) {
      mkdirSync(inside('.antipode', name), { recursive: true });
    }
    const { remove } = createRunFolder(folder);
    remove();
    expect(readdirSync(inside('.antipode')).sort()).toEqual(['mine', `run-${process.ppid}-abc`]);
  });

  it('follows no link in the place of .antipode', () => {
    makeFolder('elsewhere');
    symlinkSync('elsewhere', inside('.antipode'));
    expect(() => createRunFolder(folder)).toThrow(/^cannot write to .*\.antipode: .*$/);
    expect(readdirSync(inside('elsewhere'))).toEqual([]);
  });

  it.runIf(asRoot)('is refused where .antipode is a third user’s', () => {
    give(makeFolder('.antipode'));
    expect(() => createRunFolder(folder)).toThrow(/^cannot write to .*\.antipode: .*$/);
  });

  it('is refused where everybody may write to .antipode', () => {
    makeFolder('.antipode', 0o777);
    expect(() => createRunFolder(folder)).toThrow(/^cannot write to .*\.antipode: .*$/);
  });

  it('is a temporary one where everybody may write to a folder above the project', () => {
    makeFolder('above', 0o777);
    const project = makeFolder('above/project');
    const { path, remove } = createRunFolder(project);
    remove();
    expect(path.startsWith(folder)).toBe(false);
    expect(readdirSync(project)).toEqual([]);
  });

  it('is a temporary one where everybody may write to the project', () => {
    chmodSync(folder, 0o777);
    const { path, remove } = createRunFolder(folder);
    expect(path.startsWith(folder)).toBe(false);
    remove();
    expect([existsSync(path), readdirSync(folder)]).toEqual([false, []]);
  });
});

describe('the state in a data folder', () => {
  const file = 'data/deployments.json';
  const state = { stacks: [], generations: { a: 1 }, retained: [] };
  const open = (address = 'http://localhost:1') =>
    openKeptState(inside('data')).open(
      () => ({ http: address }),
      () => [],
    ).deployments;

  it('is written for this user alone and read again', () => {
    open().write(state);
    expect(statSync(inside(file)).mode & 0o777).toBe(0o600);
    expect(open().read()).toEqual(state);
  });

  it('has the addresses of the run that reads it', () => {
    open().write({ ...state, generations: { 'http://localhost:1/queue': 1 } });
    expect(open('http://localhost:2').read()).toMatchObject({
      generations: { 'http://localhost:2/queue': 1 },
    });
  });

  it('is neither read nor written through a link', () => {
    makeFolder('data');
    writeFileSync(inside('victim'), '{"deployments":"planted"}');
    symlinkSync('../victim', inside(file));
    expect(() => openKeptState(inside('data'))).toThrow(/^cannot read .*$/);
    rmSync(inside(file));
    const kept = open();
    symlinkSync('../victim', inside(file));
    kept.write(state);
    expect(readFileSync(inside('victim'), 'utf8')).toContain('planted');
  });

  it('is refused in a folder that everybody may write to', () => {
    makeFolder('data', 0o777);
    expect(() => openKeptState(inside('data'))).toThrow(/^other users can write to .*$/);
  });

  it.runIf(asRoot)('is refused where another user wrote it', () => {
    makeFolder('data');
    writeFileSync(inside(file), '{"deployments":{}}');
    give(inside(file));
    expect(() => openKeptState(inside('data'))).toThrow(/^cannot read .*$/);
  });
});
