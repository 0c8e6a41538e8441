import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  createOwnedFolder,
  leftFolders,
  removeLeftFolder,
} from '../../../../packages/local-dsql/src/folders/owned-folder.ts';
import {
  hasEnded,
  isRunning,
  ownIdentity,
} from '../../../../packages/local-dsql/src/folders/process-identity.ts';

const asRoot = process.geteuid?.() === 0;
/** Any user but this one. */
const stranger = 65_534;
/** Above the highest number that systems give. */
const nobodysPid = 999_999_999;

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'antipode-owned-'));
  // Root removes with the rights of another user, who must get there.
  chmodSync(parent, 0o755);
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

const left = (): readonly string[] => leftFolders(parent, 'x-').map(({ path }) => path);

/** A folder as another process of this machine would have made it. */
const madeBy = (owner: object, name = `x-${nobodysPid}-a`): string => {
  mkdirSync(join(parent, name), { mode: 0o700 });
  writeFileSync(join(parent, name, 'owner.json'), JSON.stringify({ ...ownIdentity(), ...owner }));
  return join(parent, name);
};

describe('a process', () => {
  it('is known by its number and its start', () => {
    const own = ownIdentity();
    expect(hasEnded(own)).toBe(false);
    expect(isRunning(own.pid)).toBe(true);
  });

  it('has ended where a later one has its number', () => {
    expect(hasEnded({ ...ownIdentity(), startedAt: '1' })).toBe(true);
    expect(hasEnded({ ...ownIdentity(), pid: nobodysPid })).toBe(true);
  });

  it('of another machine or container is never known to have ended', () => {
    expect(hasEnded({ ...ownIdentity(), pid: nobodysPid, place: 'elsewhere' })).toBe(false);
  });

  it('has ended though nobody has waited for it', async () => {
    // The second program takes the place of the shell, and knows nothing of its child.
    const script = 'sleep 0.3 & echo $!; exec sleep 60';
    const keeper = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void keeper.kill('SIGKILL'));
    const [pid] = await once(keeper.stdout, 'data');
    await expect.poll(() => isRunning(Number(String(pid)))).toBe(false);
    expect(() => process.kill(Number(String(pid)), 0)).not.toThrow();
  });
});

describe('a folder of a process', () => {
  it('stays while the process lives', () => {
    const path = createOwnedFolder(parent, 'x-');
    expect(JSON.parse(readFileSync(join(path, 'owner.json'), 'utf8'))).toEqual(ownIdentity());
    expect(left()).toEqual([]);
  });

  it.each([
    ['has ended', { pid: nobodysPid }],
    ['has ended, and another has its number', { startedAt: '1' }],
  ])('is left when the process %s', (_, owner) => {
    const path = madeBy(owner);
    expect(left()).toEqual([path]);
    for (const one of leftFolders(parent, 'x-')) removeLeftFolder(one);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('is left by a process that was killed while it made the folder', () => {
    for (const name of [
      `x-${nobodysPid}-a`,
      `x-${process.pid}-a`,
      'x-other',
      `y-${nobodysPid}-a`,
    ]) {
      mkdirSync(join(parent, name));
    }
    writeFileSync(join(parent, `x-${nobodysPid}-file`), '');
    expect(left()).toEqual([join(parent, `x-${nobodysPid}-a`)]);
  });

  it('is left by a process that took its name out, though another has its number', () => {
    const path = createOwnedFolder(parent, 'x-');
    mkdirSync(join(path, 'logs'));
    rmSync(join(path, 'owner.json'));
    expect(left()).toEqual([path]);
  });

  it('of another machine stays', () => {
    madeBy({ pid: nobodysPid, place: 'elsewhere' });
    expect(left()).toEqual([]);
  });

  it.runIf(asRoot)('of another user stays', () => {
    const path = madeBy({ pid: nobodysPid });
    for (const one of [path, join(path, 'owner.json')]) lchownSync(one, stranger, stranger);
    const nameless = join(parent, `x-${process.pid}-a`);
    mkdirSync(join(nameless, 'logs'), { recursive: true });
    lchownSync(nameless, stranger, stranger);
    expect(left()).toEqual([]);
  });

  it.runIf(asRoot)(
    'which was given to another user is left, and goes with that user’s rights',
    () => {
      const path = madeBy({ pid: nobodysPid });
      lchownSync(path, stranger, stranger);
      const kept = join(parent, 'kept');
      mkdirSync(kept);
      writeFileSync(join(kept, 'file'), '');
      expect(leftFolders(parent, 'x-')).toEqual([{ path, uid: stranger, gid: stranger }]);
      for (const one of leftFolders(parent, 'x-')) removeLeftFolder(one);
      // Only the owner of the folder above can take it out.
      expect(readdirSync(parent)).toEqual(['kept']);
    },
  );
});
