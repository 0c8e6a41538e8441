import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bundle, bundleAll } from '../bundling/bundle.ts';
import { omittableParts } from '../bundling/bundle-parts.ts';
import { peerClustersEntry } from '../constructs/peer-clusters.ts';

/** The functions that consume events, by the names that they have in the inbox; the stack makes each. */
export type LedgerConsumer = 'project-totals' | 'audit-replica';

/** The functions of the ledger and the framework's own that its data stack needs, bundled. */
export type LedgerBundles = Readonly<
  Record<LedgerConsumer | 'ledger-api' | 'relay-outbox' | 'migrate' | 'peer-clusters', Bundle>
>;

/** The folder with the entries of this repository. */
export const ledgerEntries = fileURLToPath(new URL('../../src/handlers/ledger', import.meta.url));

/** The ledger's functions reach none of them: its end-to-end tests run these bundles. */
export const ledgerOmissions = omittableParts;

/** Bundles all entries, those of the ledger from the folder `entries`, into `outdir`. */
export const bundleLedger = (entries: string, outdir: string): Promise<LedgerBundles> =>
  bundleAll(
    {
      'ledger-api': join(entries, 'ledger-api.lambda.ts'),
      'project-totals': join(entries, 'project-totals.lambda.ts'),
      'audit-replica': join(entries, 'audit-replica.lambda.ts'),
      'relay-outbox': join(entries, 'relay-outbox.lambda.ts'),
      migrate: join(entries, 'migrate.lambda.ts'),
      'peer-clusters': fileURLToPath(peerClustersEntry),
    },
    outdir,
    { omit: ledgerOmissions },
  );
