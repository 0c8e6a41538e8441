import { describe, expect, it } from 'vitest';
import { zip } from '../../../infra/cloudformation/zip.ts';
import { unzip } from '../../../packages/cli/src/local/stack/providers/unzip.ts';

const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });

describe('an archive', () => {
  it('has the files that were put in', () => {
    const files = [file('index.mjs', 'export {};'), file('chunks/ü.mjs', ''), file('a', 'a')];
    const read = [...unzip(zip(files))].map(({ path, content }) => [path, content.toString()]);
    expect(read).toEqual([
      ['a', 'a'],
      ['chunks/ü.mjs', ''],
      ['index.mjs', 'export {};'],
    ]);
  });

  it('has the same bytes for the same files in another order', () => {
    const [one, other] = [file('one', '1'), file('other', '2')];
    expect(zip([one, other]).equals(zip([other, one]))).toBe(true);
    expect(zip([one]).equals(zip([file('one', '2')]))).toBe(false);
  });
});
