#!/usr/bin/env node
/**
 * The `antipode` command. Plain JavaScript that any Node can read: it finds a Node that can run the
 * rest, which is TypeScript in the repository and compiled in the published package, since Node
 * strips no types below `node_modules`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** The oldest Node that has what the local stack uses; also in `engines`. */
const nodeMin = [22, 22];

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const isRecent = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1]);
};

/** The Node that is an optional dependency, where one exists for this platform. */
const bundledNode = () => {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve(`node-${platform}-${process.arch}/package.json`));
    return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
};

/**
 * Passes on what this process is told; if it is killed, the closed channel tells the other Node to
 * end.
 */
const runWith = (node) => {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // A group of its own, so that Ctrl-C reaches it once: from here.
    detached: true,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`antipode: cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    // It says for itself why it ends, unless it cannot.
    if (signal) console.error(`antipode: the process that ran it was killed (${signal})`);
    process.exitCode = code ?? 1;
  });
};

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

const runHere = async () => {
  compileGrammarOnce();
  const { main } = existsSync(join(root, 'src', 'main.ts'))
    ? await import('../src/main.ts')
    : await import('../dist/src/main.js');
  await main(process.argv.slice(2));
};

const node = isRecent() ? undefined : bundledNode();
if (isRecent()) await runHere();
else if (node && existsSync(node)) runWith(node);
else {
  console.error(
    `antipode needs Node ${nodeMin.join('.')} or newer; this is ${process.versions.node}`,
  );
  process.exitCode = 1;
}
