import { join, resolve } from 'node:path';
import { InvalidConfig, readConfig, type TwoRegionConfig } from '../two-regions/config.ts';
import { bundleLedger, ledgerEntries } from './entries.ts';
import { createLedgerApp } from './ledger-app.ts';

const { env } = process;

const configOrExit = (): TwoRegionConfig => {
  try {
    return readConfig(env);
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    console.error(error.message);
    return process.exit(1);
  }
};

const config = configOrExit();
const outdir = resolve(env['CDK_OUTDIR'] ?? 'cdk.out');
const bundles = await bundleLedger(ledgerEntries, join(outdir, 'bundles'));
createLedgerApp({ config, bundles, outdir }).synth();
