import { ledger } from '../../src/adapters/ledger/service.ts';
import { buildTerraform } from '../terraform/build.ts';
import { explained } from '../two-regions/synthesize.ts';

await explained(() => buildTerraform(ledger, { outdir: 'dist/ledger/terraform' }));
