import { globSync } from 'node:fs';
import { basename, join } from 'node:path';

/** `npm run proofs -- <name>` runs the file of that name in a folder `proofs`, here or of the reference service. */
const [name = ''] = process.argv.slice(2);
const files = globSync('{.,ledger}/proofs/*.ts', { cwd: import.meta.dirname });
const proofs = new Map(files.map((file) => [basename(file, '.ts'), file]));

const file = proofs.get(name);
if (file) {
  await import(join(import.meta.dirname, file));
} else {
  process.stderr.write(`Say which proof to run: ${[...proofs.keys()].sort().join(', ')}.\n`);
  process.exitCode = 1;
}
