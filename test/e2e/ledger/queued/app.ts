/** Synthesizes the ledger with a queue between its bus and the consumer of its totals. */
import {
  ledgerEntries,
  ledgerEntryFiles,
  ledgerOmissions,
} from '../../../../infra/ledger/entries.ts';
import { synthesizeTwoRegions } from '../../../../infra/two-regions/synthesize.ts';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import { defineService } from '../../../../src/domain/kernel/index.ts';

const { consumers } = ledger;

const queued = defineService({
  ...ledger,
  consumers: {
    ...consumers,
    'project-totals': { ...consumers['project-totals'], queue: { batchWindowSeconds: 30 } },
  },
});

await synthesizeTwoRegions(queued, {
  entries: ledgerEntryFiles(ledgerEntries),
  omit: ledgerOmissions,
});
