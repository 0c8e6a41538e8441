import { synthesizeTwoRegions } from '../two-regions/synthesize.ts';
import { ledger } from './declaration.ts';
import { ledgerEntries, ledgerEntryFiles, ledgerOmissions } from './entries.ts';

await synthesizeTwoRegions(ledger, {
  entries: ledgerEntryFiles(ledgerEntries),
  omit: ledgerOmissions,
});
