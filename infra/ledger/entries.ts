import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ledger } from '../../src/adapters/ledger/service.ts';
import { omittableParts } from '../bundling/parts/bundle-parts.ts';
import type { FunctionName } from '../two-regions/service-functions.ts';

/** The folder with the entries of this repository. */
export const ledgerEntries = fileURLToPath(new URL('../../src/handlers/ledger', import.meta.url));

/** The entry of each function, from a folder that has them all. */
export const ledgerEntryFiles = (
  folder: string,
): Readonly<Record<FunctionName<typeof ledger>, string>> => ({
  api: join(folder, 'ledger-api.lambda.ts'),
  relay: join(folder, 'relay-outbox.lambda.ts'),
  migrate: join(folder, 'migrate.lambda.ts'),
  'project-totals': join(folder, 'project-totals.lambda.ts'),
  'audit-replica': join(folder, 'audit-replica.lambda.ts'),
});

/**
 * The bundles leave these parts out. The ledger's end-to-end tests run the bundles, so a part that
 * is needed is noticed.
 */
export const ledgerOmissions = omittableParts;

/** Bytes that Lambda loads before the write handler answers: beyond it, users feel cold starts. */
export const apiStartBytesMax = 280_000;
