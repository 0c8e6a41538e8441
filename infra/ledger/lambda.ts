import { ledger } from '../../src/adapters/ledger/service.ts';
import { buildLambda } from '../cloudformation/build.ts';
import { ledgerEntries, ledgerEntryFiles, ledgerOmissions } from './entries.ts';

await buildLambda(ledger, {
  entries: ledgerEntryFiles(ledgerEntries),
  omit: ledgerOmissions,
  outdir: 'dist/ledger',
});
