import { ledger } from '../../src/adapters/ledger/service.ts';
import { buildCloudFormation } from '../cloudformation/build.ts';
import { ledgerEntries, ledgerEntryFiles, ledgerOmissions } from './entries.ts';

await buildCloudFormation(ledger, {
  entries: ledgerEntryFiles(ledgerEntries),
  omit: ledgerOmissions,
  outdir: 'dist/cloudformation/ledger',
});
