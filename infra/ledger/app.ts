import { ledger } from '../../src/adapters/ledger/service.ts';
import { synthesizeTwoRegions } from '../two-regions/synthesize.ts';
import { ledgerEntries, ledgerEntryFiles, ledgerOmissions } from './entries.ts';

await synthesizeTwoRegions(ledger, {
  entries: ledgerEntryFiles(ledgerEntries),
  omit: ledgerOmissions,
});
