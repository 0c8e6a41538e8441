/**
 * `npm run build:booking` writes all that the root module in `infra/terraform/examples/booking`
 * reads: the archives of the example, and its description. A project of its own calls the same two
 * functions.
 */
import { join } from 'node:path';
import { buildLambda, buildTerraform } from 'antipode/infra';
import { booking } from '../examples/booking/src/booking.ts';

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'dist/booking');

await buildLambda(booking, { entries: join(root, 'examples/booking/src/handlers'), outdir });
await buildTerraform(booking, { outdir: join(outdir, 'terraform') });
