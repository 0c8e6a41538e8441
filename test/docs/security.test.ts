import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { securityRules } from '../../infra/nag/index.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');

it('the page on security has a row for each rule', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, id]) => id);
  expect(rows).toEqual(securityRules.map(({ id }) => id));
});
