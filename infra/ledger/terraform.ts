import { ledger } from '../../src/adapters/ledger/service.ts';
import { buildTerraform } from '../terraform/build.ts';

await buildTerraform(ledger, { outdir: 'dist/ledger/terraform' });
