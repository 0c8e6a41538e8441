import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Command,
  launcher,
  leftoversIn,
  openFolder,
  type Sandbox,
  startCommand,
} from './killing.ts';
import { makeReadOnly, noMounts, smallDisk } from './mounts.ts';
import { freePorts, projectFolder } from './runner.ts';

export const sandbox = (): Sandbox => ({
  project: projectFolder(onTestFinished),
  temporary: openFolder(onTestFinished, 0o1777),
});

export const local = (box: Sandbox, ...args: readonly string[]): Command =>
  startCommand(onTestFinished, box, [process.execPath, launcher, 'local', ...freePorts, ...args]);

export const dsql = (box: Sandbox, ...args: readonly string[]): Command =>
  startCommand(onTestFinished, box, [
    ...[process.execPath, launcher, 'local', 'dsql', '--port', '0', ...args],
  ]);

/** How a start ended that was refused: what it said, whether it worked before, and what it left. */
export const refusal = async (command: Command, box: Sandbox) => ({
  code: await command.ended,
  lines: command.errors().trimEnd().split('\n'),
  synthesized: command.output().includes('synthesizing'),
  leftovers: leftoversIn(box),
});

export const refused = (line: RegExp | string) => ({
  code: 1,
  lines: [typeof line === 'string' ? line : expect.stringMatching(line)],
  synthesized: false,
  leftovers: [],
});

/** Fills a disk to the last byte. */
export const fill = (disk: string): void => {
  const file = openSync(join(disk, 'filler'), 'a');
  for (const size of [1_048_576, 4_096, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch {
      // No such piece fits any more.
    }
  }
};

/** Folders that one of the commands cannot use, on a disk that it can. */
export const describeRefusals = (name: string, run: typeof local): void => {
  describe(`${name} refuses, in one line that names the folder, before any work`, () => {
    it('a data folder where the system keeps the folders', async () => {
      const box = sandbox();
      expect(await refusal(run(box, '--data', '/proc/x/y'), box)).toEqual(
        refused(/^antipode: Cannot write to the data folder \/proc\/x.*: choose another, .*$/),
      );
    });

    it('a data folder that is a file, or lies below one', async () => {
      const box = sandbox();
      const file = join(box.project, 'file');
      writeFileSync(file, 'kept');
      expect(await refusal(run(box, '--data', file), box)).toEqual(
        refused(
          /^antipode: Cannot write to the data folder .*\/file: it is no folder: choose another\.$/,
        ),
      );
      expect(await refusal(run(box, '--data', join(file, 'below')), box)).toEqual(
        refused(/^antipode: Cannot write to the data folder .*: a file is in the way: choose .*$/),
      );
      expect(readFileSync(file, 'utf8')).toBe('kept');
    });

    it.each([
      ['documents', ['letter.txt']],
      ['what looks like a part of a database', ['data']],
    ])('a data folder of somebody else: %s', async (_kind, names) => {
      const box = sandbox();
      const folder = join(box.project, 'mine');
      for (const name of names) mkdirSync(join(folder, name), { recursive: true });
      const before = readdirSync(folder, { recursive: true });
      expect(await refusal(run(box, '--data', folder), box)).toEqual(
        refused(
          /^antipode: The data folder .*\/mine holds other files \(.+\): choose an empty or a new one\.$/,
        ),
      );
      expect(readdirSync(folder, { recursive: true })).toEqual(before);
    });

    it.each(['gone', 'a file'])('a temporary folder that does not exist: %s', async (name) => {
      const box = sandbox();
      writeFileSync(join(box.project, 'a file'), '');
      const gone = { ...box, temporary: join(box.project, name) };
      const { lines, code } = await refusal(run(gone), box);
      const said = `antipode: There is no temporary folder ${gone.temporary}: set TMPDIR to a folder of your own.`;
      expect([code, lines]).toEqual([1, [said]]);
    });

    it('a temporary folder whose path is too long for a socket', async () => {
      const box = sandbox();
      const deep = join(box.temporary, 'deep'.repeat(25));
      mkdirSync(deep, { mode: 0o755 });
      const { code, lines } = await refusal(run({ ...box, temporary: deep }), box);
      expect([code, lines]).toEqual([
        1,
        [expect.stringMatching(/^antipode: The temporary folder .*deep has too long a path .*$/)],
      ]);
      expect(readdirSync(deep)).toEqual([]);
    });
  });
};

/** A disk of which each command that needs it says the same. */
export const describeFullDisk = (name: string, run: typeof local): void => {
  describe(`${name} refuses, in one line that names the folder, before any work`, () => {
    it.skipIf(noMounts)('a project on a disk that is full', async () => {
      const disk = smallDisk(onTestFinished, '16k');
      const box = { ...sandbox(), project: disk };
      writeFileSync(join(disk, 'cdk.json'), '{"app":"true"}');
      fill(disk);
      expect(await refusal(run(box), box)).toEqual(
        refused(/^antipode: cannot write to .*\.antipode: no space is left on its disk: .*$/),
      );
    });
  });
};

/** Disks that one of the commands cannot use. */
export const describeDisks = (name: string, run: typeof local): void => {
  describe(`${name} refuses, in one line that names the folder, before any work`, () => {
    it.skipIf(noMounts)('a data folder on a disk that can only be read', async () => {
      const [box, disk] = [sandbox(), smallDisk(onTestFinished, '1m')];
      makeReadOnly(disk);
      for (const data of [disk, join(disk, 'below')]) {
        expect(await refusal(run(box, '--data', data), box)).toEqual(
          refused(/^antipode: Cannot write to the data folder .*can only be read: choose .*$/),
        );
      }
    });

    it.skipIf(noMounts)('a temporary folder on a disk that can only be read', async () => {
      const disk = smallDisk(onTestFinished, '1m');
      const box = { ...sandbox(), temporary: disk };
      makeReadOnly(disk);
      const { code, lines } = await refusal(run(box), box);
      expect([code, lines]).toEqual([
        1,
        [
          expect.stringMatching(
            /^antipode: Cannot write to the temporary folder .*only be read: .*$/,
          ),
        ],
      ]);
    });

    it.skipIf(noMounts)(
      'a data folder on a disk that is full, and leaves it as it was',
      async () => {
        const [box, disk] = [sandbox(), smallDisk(onTestFinished, '20m')];
        const { code, lines } = await refusal(run(box, '--data', join(disk, 'data')), box);
        expect([code, lines]).toEqual([
          1,
          [
            expect.stringMatching(
              /^antipode: PostgreSQL could not create .*: no space is left on .*$/,
            ),
          ],
        ]);
        const left = readdirSync(disk, { recursive: true, encoding: 'utf8' });
        expect(
          left.filter((name) => !/^data(\/postgres)?(\/antipode-data\.json)?$/.test(name)),
        ).toEqual([]);
      },
    );

    it.skipIf(noMounts)('a project on a disk that can only be read', async () => {
      const disk = smallDisk(onTestFinished, '1m');
      const box = { ...sandbox(), project: disk };
      writeFileSync(join(disk, 'cdk.json'), '{"app":"true"}');
      makeReadOnly(disk);
      expect(await refusal(run(box), box)).toEqual(
        refused(/^antipode: cannot write to .*\.antipode: its disk can only be read: .*$/),
      );
    });

    it.skipIf(noMounts).each([
      ['at once', '16k'],
      ['while the database is made', '20m'],
    ])('a temporary folder on a disk that is full: %s', async (_when, size) => {
      const disk = smallDisk(onTestFinished, size);
      const box = { ...sandbox(), temporary: disk };
      if (size === '16k') fill(disk);
      const { code, lines } = await refusal(run(box), { ...box });
      expect([code, lines]).toEqual([
        1,
        [expect.stringMatching(/^antipode: .*\/antipode-kill-.*no space is left on its disk.*$/)],
      ]);
      expect(readdirSync(disk).filter((name) => name !== 'filler')).toEqual([]);
    });
  });
};
