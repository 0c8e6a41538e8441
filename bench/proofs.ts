import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { startVitest } from 'vitest/node';

/**
 * `npm run proofs` runs the long proofs among the tests. `npm run proofs -- <name>` runs the file
 * of that name in a folder `proofs`, here or of the reference service.
 */
const [name] = process.argv.slice(2);
const files = globSync('{.,ledger}/proofs/*.ts', { cwd: import.meta.dirname });
const proofs = new Map(files.map((file) => [basename(file, '.ts'), file]));

const runTests = async (): Promise<void> => {
  // A failed test sets the exit code.
  const vitest = await startVitest('test', [], { project: ['proof'], run: true });
  await vitest.exit();
};

const file = name === undefined ? undefined : proofs.get(name);
if (name === undefined) {
  await runTests();
} else if (file) {
  await import(join(import.meta.dirname, file));
} else {
  const names = [...proofs.keys()].sort().join(', ');
  process.stderr.write(
    `There is no proof ${name}. Without a name all proofs among the tests run; others: ${names}.\n`,
  );
  process.exitCode = 1;
}
