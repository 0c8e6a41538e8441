import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCodeFolders } from '../../../../../../packages/cli/src/local/stack/providers/code-folders.ts';
import { unzip } from '../../../../../../packages/cli/src/local/stack/providers/unzip.ts';

type File = { readonly path: string; readonly text: string; readonly deflated?: boolean };

/** A ZIP as archivers write it: a record before each file, and a directory at the end. */
const zipOf = (files: readonly File[], comment = ''): Buffer => {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const { path, text, deflated = false } of files) {
    const raw = Buffer.from(text);
    const packed = deflated ? deflateRawSync(raw) : raw;
    const name = Buffer.from(path);
    const common = Buffer.alloc(22);
    common.writeUInt16LE(deflated ? 8 : 0, 4);
    common.writeUInt32LE(crc32(raw), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(raw.length, 18);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    common.copy(local, 4);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    common.copy(entry, 6);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    bodies.push(local, name, packed);
    entries.push(entry, name);
    at += local.length + name.length + packed.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...bodies, directory, end, Buffer.from(comment)]);
};

const textsOf = (zip: Buffer) =>
  unzip(zip).map(({ path, content }) => [path, content.toString('utf8')]);

describe('unzip', () => {
  it('reads files that are stored and deflated, and leaves folders out', () => {
    const files = [
      { path: 'a/', text: '' },
      { path: 'a/index.mjs', text: 'export {};' },
      { path: 'large.txt', text: 'a'.repeat(10_000), deflated: true },
    ];
    expect(textsOf(zipOf(files, 'a comment'))).toEqual([
      ['a/index.mjs', 'export {};'],
      ['large.txt', 'a'.repeat(10_000)],
    ]);
  });

  it.each(['../out', 'a/../../out', '/out', 'a\\..\\out'])('refuses the path %s', (path) => {
    expect(() => unzip(zipOf([{ path, text: '' }]))).toThrow('leads out of it');
  });

  it('refuses what is no ZIP, or a damaged one', () => {
    expect(() => unzip(Buffer.from('no ZIP'))).toThrow('it is no ZIP file');
    const zip = zipOf([{ path: 'a', text: 'a' }]);
    zip.writeUInt32LE(0, 0);
    expect(() => unzip(zip)).toThrow('a is damaged');
  });

  it('refuses a file that is larger than the directory says', () => {
    const zip = zipOf([{ path: 'a', text: 'a'.repeat(10_000), deflated: true }]);
    const entry = zip.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
    zip.writeUInt32LE(1, entry + 24);
    expect(() => unzip(zip)).toThrow();
  });
});

it('the code of two functions with the same bytes is unpacked once', () => {
  const root = mkdtempSync(join(tmpdir(), 'antipode-code-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const path = join(root, 'code.zip');
  writeFileSync(path, zipOf([{ path: 'index.mjs', text: 'export {};' }]));
  const { folderOf } = createCodeFolders(root);
  const folder = folderOf({ kind: 'zip', path });
  expect(readFileSync(join(folder, 'index.mjs'), 'utf8')).toBe('export {};');
  expect(folderOf({ kind: 'zip', path })).toBe(folder);
  expect(readdirSync(root)).toHaveLength(2);
  expect(folderOf({ kind: 'folder', path: '/elsewhere' })).toBe('/elsewhere');
});
