import { join } from 'node:path';
import { ledger } from '../../../src/adapters/ledger/service.ts';
import type { DeclaredService } from '../../../src/domain/kernel/index.ts';
import { exampleServices } from '../support/services.ts';

const root = join(import.meta.dirname, '../../..');

/** The services whose permissions are reviewed, each with the file that says why it has them. */
export const reviewedServices: readonly (readonly [DeclaredService, string])[] = [
  [ledger, join(root, 'infra/ledger/permissions.json')],
  [
    exampleServices['booking'] as DeclaredService,
    join(root, 'examples/booking/infra/permissions.json'),
  ],
];
