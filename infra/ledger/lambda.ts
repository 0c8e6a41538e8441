import { ledger } from '../../src/adapters/ledger/service.ts';
import { buildLambda } from '../cloudformation/build.ts';
import { explained } from '../two-regions/synthesize.ts';
import { ledgerEntries, ledgerEntryFiles, ledgerOmissions } from './entries.ts';

await explained(() =>
  buildLambda(ledger, {
    entries: ledgerEntryFiles(ledgerEntries),
    omit: ledgerOmissions,
    outdir: 'dist/ledger',
  }),
);
