import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The folder of the project. */
export const root = join(import.meta.dirname, '../..');

/** The folder of the tools, of the pages as VitePress reads them, and of the site. */
export const site = join(root, 'dist/site');

/** The pages as VitePress reads them. Their paths are those of the project. */
export const staged = join(site, 'pages');

/**
 * Runs a command in the folder of the tools. Its output is shown if it fails.
 *
 * @throws Error where the command ends with another code than 0
 */
export const runTool = async (command: string, args: readonly string[]): Promise<void> => {
  const child = spawn(command, args, { cwd: site, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  }
  const [code] = await once(child, 'close');
  if (code === 0) return;
  process.stderr.write(Buffer.concat(chunks));
  throw new Error(`${command} ${args.join(' ')} ended with ${code}: see its output above`);
};
