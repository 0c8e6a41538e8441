import { ledger } from '../../src/adapters/ledger/service.ts';
import { buildCloudFormation } from '../cloudformation/build.ts';
import { explained } from '../two-regions/synthesize.ts';
import { ledgerEntries, ledgerEntryFiles, ledgerOmissions } from './entries.ts';

await explained(() =>
  buildCloudFormation(ledger, {
    entries: ledgerEntryFiles(ledgerEntries),
    omit: ledgerOmissions,
    outdir: 'dist/cloudformation/ledger',
  }),
);
