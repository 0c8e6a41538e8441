import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The other one that runs files by their names. */
const others = ['run.ts', 'proofs.ts'];

/**
 * `npm run bench -- <name>` runs the file of that name in this folder, or in the reference
 * service's.
 */
const [name = ''] = process.argv.slice(2);
const folders = [import.meta.dirname, join(import.meta.dirname, 'ledger')].filter(existsSync);
const found = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((entry) => entry.endsWith('.ts') && !others.includes(entry))
    .map((entry) => ({ name: entry.replace(/\.ts$/, ''), file: join(folder, entry) })),
);

const chosen = found.find((one) => one.name === name);
if (chosen) {
  await import(chosen.file);
} else {
  const names = found.map((one) => one.name).sort();
  process.stderr.write(`Say which benchmark to run: ${names.join(', ')}.\n`);
  process.exitCode = 1;
}
