/**
 * Synthesizes the ledger in the variant that `LEDGER_VARIANT` names, to be deployed over another
 * one.
 */
import { fileURLToPath } from 'node:url';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import {
  ledgerEntries,
  ledgerEntryFiles,
  ledgerOmissions as omit,
} from '../../../../../infra/ledger/entries.ts';
import { synthesizeTwoRegions } from '../../../../../infra/two-regions/synthesize.ts';
import { ledger } from '../../../../../src/adapters/ledger/service.ts';
import { brokenLedger, migratedLedger, watchedLedger } from './services.ts';

const entries = ledgerEntryFiles(ledgerEntries);
const entry = (name: string): string =>
  fileURLToPath(new URL(`${name}.lambda.ts`, import.meta.url));

const variants: Readonly<Record<string, () => Promise<void>>> = {
  base: () => synthesizeTwoRegions(ledger, { entries, omit }),
  'changed-function': () =>
    synthesizeTwoRegions(ledger, { entries: { ...entries, api: entry('changed-api') }, omit }),
  'failing-function': () =>
    synthesizeTwoRegions(ledger, { entries: { ...entries, api: entry('failing-api') }, omit }),
  'added-consumer': () =>
    synthesizeTwoRegions(watchedLedger, {
      entries: { ...entries, 'watch-transfers': entry('watch-transfers') },
      omit,
    }),
  'added-migration': () =>
    synthesizeTwoRegions(migratedLedger, {
      entries: { ...entries, migrate: entry('migrate') },
      omit,
    }),
  'broken-migration': () =>
    synthesizeTwoRegions(brokenLedger, {
      entries: { ...entries, migrate: entry('migrate-broken') },
      omit,
    }),
  'missing-permission': () =>
    synthesizeTwoRegions(ledger, {
      entries,
      omit,
      extend: ({ primary }) => {
        const [permission] = primary.node
          .findAll()
          .filter(
            (one) => one instanceof CfnPermission && one.principal === 'events.amazonaws.com',
          );
        permission?.node.scope?.node.tryRemoveChild(permission.node.id);
      },
    }),
};

const name = process.env['LEDGER_VARIANT'] ?? 'base';
const synthesize = variants[name];
if (!synthesize) {
  throw new Error(`LEDGER_VARIANT=${name}: use one of ${Object.keys(variants).join(', ')}`);
}
await synthesize();
