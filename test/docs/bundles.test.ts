import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { omittableParts } from '../../infra/constructs/bundle-parts.ts';

it('the page on bundles lists the parts that can be omitted', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/bundles.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, part]) => part);
  expect(listed.toSorted()).toEqual(omittableParts.toSorted());
});
