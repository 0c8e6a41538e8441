import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** `npm run proofs -- <name>` runs the file of that name in a folder `proofs`, here or of the reference service. */
const [name = ''] = process.argv.slice(2);
const folders = ['proofs', 'ledger/proofs']
  .map((folder) => join(import.meta.dirname, folder))
  .filter(existsSync);
const files = folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
const proofs = new Map(files.map((file) => [basename(file, '.ts'), file]));

const file = proofs.get(name);
if (file) {
  await import(file);
} else {
  process.stderr.write(`Say which proof to run: ${[...proofs.keys()].sort().join(', ')}.\n`);
  process.exitCode = 1;
}
