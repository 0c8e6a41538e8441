/**
 * `npm run permissions` writes every permission of the ledger and the booking example into their
 * reviewed files. It keeps the reasons of those that stay; a new one gets an empty reason, which a
 * test refuses until a person writes it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reviewedServices } from '../../test/infra/ledger/reviewed.ts';
import { grantsOf, missingReasons, type ReviewedGrants } from '../../test/infra/support/grants.ts';

for (const [service, file] of reviewedServices) {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-permissions-'));
  try {
    const known = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as ReviewedGrants)
      : {};
    const grants = grantsOf(service, known, folder);
    writeFileSync(file, `${JSON.stringify(grants, undefined, 2)}\n`);
    console.log(`${file}: ${missingReasons(grants).length} permissions without a reason`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
