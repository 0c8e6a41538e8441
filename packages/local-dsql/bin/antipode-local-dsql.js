#!/usr/bin/env node
/**
 * The `antipode-local-dsql` command. Plain JavaScript that any Node can read: the rest is
 * TypeScript in the repository and compiled in the published package, since Node strips no types
 * below `node_modules`.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** The oldest Node that has what the endpoint uses; also in `engines`. */
const nodeMin = [22, 22];

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Keeps V8 from compiling WebAssembly a second time, with optimizations. The parser of PostgreSQL's
 * grammar is the only program of it here. It runs as fast without, and the second time would take
 * 0.5 s of processor time in each start.
 */
const compileGrammarOnce = () => {
  // `--liftoff-only` implies the other two on Node's own command line, but not at run time.
  const flags = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];
  for (const flag of flags) setFlagsFromString(flag);
};

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1])) {
  console.error(
    `antipode-local-dsql needs Node ${nodeMin.join('.')} or newer; this is ${process.versions.node}`,
  );
  process.exitCode = 1;
} else {
  compileGrammarOnce();
  const { main } = existsSync(join(root, 'src', 'command', 'main.ts'))
    ? await import('../src/command/main.ts')
    : await import('../dist/src/command/main.js');
  await main(process.argv.slice(2));
}
