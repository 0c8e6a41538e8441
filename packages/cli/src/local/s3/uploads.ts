import { randomUUID } from 'node:crypto';
import { noSuchUpload, tooLarge } from './errors.ts';
import { objectBytesMax } from './object-store.ts';

/** Uploads whose parts have begun to arrive; they end with the stack. */
export interface Uploads {
  /** Begins an upload and returns its id. */
  readonly begin: (target: UploadTarget) => string;
  /** @throws {AwsError} `NoSuchUpload` or `EntityTooLarge` */
  readonly addPart: (id: string, part: number, bytes: Buffer) => void;
  /** Ends an upload: its target, and all parts in the order of their numbers. */
  readonly complete: (id: string) => UploadTarget & { readonly bytes: Buffer };
  /** Forgets an upload; one that is absent is no error. */
  readonly abort: (id: string) => void;
}

export type UploadTarget = {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
};

type Upload = { readonly target: UploadTarget; readonly parts: Map<number, Buffer> };

/** More than a deployment has at a time; the oldest gives way, so that none is kept for ever. */
const uploadsMax = 32;

export const createUploads = (): Uploads => {
  const uploads = new Map<string, Upload>();
  const find = (id: string): Upload => {
    const found = uploads.get(id);
    if (!found) throw noSuchUpload();
    return found;
  };
  return {
    begin: (target) => {
      const [oldest] = uploads.keys();
      if (uploads.size === uploadsMax && oldest !== undefined) uploads.delete(oldest);
      const id = randomUUID();
      uploads.set(id, { target, parts: new Map() });
      return id;
    },
    addPart: (id, part, bytes) => {
      const { parts } = find(id);
      const others = [...parts].filter(([number]) => number !== part);
      const size = others.reduce((sum, [, { length }]) => sum + length, bytes.length);
      if (size > objectBytesMax) throw tooLarge(objectBytesMax);
      parts.set(part, bytes);
    },
    complete: (id) => {
      const { target, parts } = find(id);
      uploads.delete(id);
      const inOrder = [...parts].sort(([one], [other]) => one - other);
      return { ...target, bytes: Buffer.concat(inOrder.map(([, bytes]) => bytes)) };
    },
    abort: (id) => {
      uploads.delete(id);
    },
  };
};
