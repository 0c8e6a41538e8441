import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import type { JsonObject } from '../../local/template/json.ts';
import { failureIn } from './synthesis-failure.ts';

export type SynthesizeOptions = {
  /** Shell command that runs the app. */
  readonly app: string;
  readonly directory: string;
  /** Folder that receives the assembly. */
  readonly output: string;
  readonly context: JsonObject;
  /** The environment in which the app reads its configuration. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends the app when it aborts. */
  readonly signal: AbortSignal;
};

/** Characters of the app's output that are kept to explain a failure. */
const outputCharsMax = 64 * 1024;

/**
 * Runs the command `$1`, and ends it with all that it has started when the runner is gone: the
 * kernel closes the pipe then.
 */
const supervisor = `
exec 3<&0 </dev/null
(read -r line <&3; kill -s KILL -- "-$$") >/dev/null 2>&1 & watcher=$!
exec 3<&-
sh -c "$1"; code=$?
kill "$watcher"
exit "$code"
`;

/**
 * Runs a CDK app, as the `cdk` command does, and leaves its assembly in the output folder.
 *
 * @throws {Error} that names the app and its failure: one line, or one for each error of a build.
 */
export const synthesize = async (options: SynthesizeOptions): Promise<void> => {
  const { app, directory, output, context, environment, signal } = options;
  // A group of its own: the shell's children end with it.
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', app], {
    cwd: directory,
    detached: true,
    stdio: 'pipe',
    env: {
      ...environment,
      PATH: `${dirname(process.execPath)}${delimiter}${environment['PATH'] ?? ''}`,
      CDK_OUTDIR: output,
      CDK_CONTEXT_JSON: JSON.stringify(context),
    },
  });
  child.stdin.on('error', () => undefined);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-outputCharsMax);
    });
  }
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`\`${app}\` failed: ${failureIn(text, directory)}`);
  } finally {
    signal.removeEventListener('abort', end);
  }
};
