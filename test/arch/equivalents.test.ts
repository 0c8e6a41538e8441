import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { equivalents } from '../../bench/mutants/equivalents.ts';
import { root } from './tools.ts';

test('an equivalent mutant names a text that stands in its file', () => {
  const gone = equivalents.filter(({ file, original, within = '' }) => {
    const source = readFileSync(join(root, file), 'utf8');
    return !source.includes(original) || !source.includes(within);
  });
  expect(gone).toEqual([]);
});
