import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** `npm run bench -- <name>` runs the file of that name in this folder. */
const [name = ''] = process.argv.slice(2);
const file = join(import.meta.dirname, `${name}.ts`);
const names = readdirSync(import.meta.dirname)
  .filter((entry) => entry.endsWith('.ts') && entry !== 'run.ts')
  .map((entry) => entry.replace(/\.ts$/, ''));

if (names.includes(name) && existsSync(file)) {
  await import(file);
} else {
  process.stderr.write(`Say which benchmark to run: ${names.join(', ')}.\n`);
  process.exitCode = 1;
}
