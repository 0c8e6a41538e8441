import { crc32 } from 'node:zlib';

/** A file of an archive. */
export type ArchivedFile = { readonly path: string; readonly content: Uint8Array };

/** Signatures and versions of the records (APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12 and 4.3.16). */
const localSignature = 0x04034b50;
const entrySignature = 0x02014b50;
const endSignature = 0x06054b50;
const versionNeeded = 20;
/** Made on Unix, so that the permissions of files count. */
const versionMadeBy = (3 << 8) | versionNeeded;
/** File names are UTF-8. */
const flags = 1 << 11;
/** 1 January 1980, the first day that the format knows: the day of a build changes no byte. */
const day = (1 << 5) | 1;
/** A file that everybody reads, `-rw-r--r--`: Lambda runs code as another user. */
const attributes = 0o100644 * 0x1_0000;

const numbers = (...fields: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer =>
  Buffer.concat(
    fields.map(([value, bytes]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );

/** The fields that both records of a file have. */
const shared = (name: Buffer, content: Uint8Array): Buffer =>
  numbers(
    ...([
      [versionNeeded, 2],
      [flags, 2],
      [0, 2],
      [0, 2],
      [day, 2],
    ] as const),
    ...([
      [crc32(content), 4],
      [content.length, 4],
      [content.length, 4],
    ] as const),
    ...([
      [name.length, 2],
      [0, 2],
    ] as const),
  );

/**
 * A ZIP with the same bytes for the same files, whatever machine makes it. Files are stored as they
 * are: versions of zlib differ in their bytes, which would deploy a function that nobody changed.
 */
export const zip = (files: readonly ArchivedFile[]): Buffer => {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const { path, content } of sorted) {
    const name = Buffer.from(path);
    const fields = shared(name, content);
    const local = Buffer.concat([numbers([localSignature, 4]), fields, name, content]);
    locals.push(local);
    entries.push(
      numbers([entrySignature, 4], [versionMadeBy, 2]),
      fields,
      numbers([0, 2], [0, 2], [0, 2], [attributes, 4], [offset, 4]),
      name,
    );
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = numbers(
    ...([
      [endSignature, 4],
      [0, 2],
      [0, 2],
      [sorted.length, 2],
      [sorted.length, 2],
    ] as const),
    ...([
      [directory.length, 4],
      [offset, 4],
      [0, 2],
    ] as const),
  );
  return Buffer.concat([...locals, directory, end]);
};
