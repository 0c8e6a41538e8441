import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { busCommand } from '../../../packages/cli/src/commands/bus/bus-command.ts';
import { dlqOptions } from '../../../packages/cli/src/commands/dlq/options.ts';
import { runDlq } from '../../../packages/cli/src/commands/dlq/run-dlq.ts';
import { createFunctionLogs } from '../../../packages/cli/src/commands/logs/function-logs.ts';
import { bothLogsOptions } from '../../../packages/cli/src/commands/logs/options.ts';
import { runBothLogs } from '../../../packages/cli/src/commands/logs/run-both-logs.ts';
import { outboxOptions } from '../../../packages/cli/src/commands/outbox/options.ts';
import { runOutbox } from '../../../packages/cli/src/commands/outbox/run-outbox.ts';
import {
  describeStack,
  logsFolder,
} from '../../../packages/cli/src/commands/runs/running-stacks.ts';
import {
  readStackAccess,
  writeStackAccess,
} from '../../../packages/cli/src/commands/runs/stack-access.ts';
import type { Person } from '../../../packages/cli/src/commands/service/confirm.ts';
import { openDatabase } from '../../../packages/cli/src/commands/service/database.ts';
import { findService } from '../../../packages/cli/src/commands/service/find-service.ts';
import { statusOptions } from '../../../packages/cli/src/commands/status/options.ts';
import { runStatus } from '../../../packages/cli/src/commands/status/run-status.ts';
import { traceOptions } from '../../../packages/cli/src/commands/trace/options.ts';
import { runTrace } from '../../../packages/cli/src/commands/trace/run-trace.ts';
import { verifyOptions } from '../../../packages/cli/src/commands/verify/options.ts';
import { runVerify } from '../../../packages/cli/src/commands/verify/run-verify.ts';
import type { LogLine } from '../../../packages/cli/src/local/index.ts';
import { UsageError } from '../../../packages/local-dsql/src/process/command-options.ts';
import type { Terminal } from '../../../packages/local-dsql/src/process/terminal.ts';
import { createRunFolder } from '../../../packages/local-dsql/src/runs/run-folder.ts';
import { query, type Row, statement } from '../../../src/adapters/dsql/index.ts';
import { unmeasuredRetrier } from '../../../src/internal/dsql.ts';
import { childEnvironment } from '../../support/child-environment.ts';
import type { LedgerStack } from './stack.ts';

const launcher = fileURLToPath(new URL('../../../packages/cli/bin/antipode.js', import.meta.url));

/** The output of a command, and its end. */
export type Done = {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
};

/** A person who runs commands beside the stack. */
export interface Operator {
  /** Runs a command in this process; nobody can be asked unless a person is given. */
  readonly run: (args: string, person?: Person) => Promise<Done>;
  /** The JSON that a command prints, which has to succeed. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of an output.
  readonly json: (args: string) => Promise<any>;
  /** Runs a command as a process. */
  readonly start: (args: string) => { readonly kill: () => void; readonly ended: Promise<Done> };
  /** Asks the database, as `admin`. */
  readonly ask: (sql: string, ...parameters: readonly unknown[]) => Promise<readonly Row[]>;
  /** Keeps a line of a function's log, as a stack that runs from a terminal does. */
  readonly keep: (line: LogLine) => void;
  /** Resolves when all lines are kept. */
  readonly kept: () => Promise<void>;
  readonly stop: () => void;
}

/** Time for a statement and its repetitions after conflicts, on a busy machine. Milliseconds. */
const askMsMax = 60_000;

const nobody: Person = { isThere: false, agrees: () => Promise.reject(new Error('asked')) };

const words = (args: string): readonly string[] => args.split(' ').filter(Boolean);

const execute = async (
  [name, ...args]: readonly string[],
  terminal: Terminal,
  person: Person,
): Promise<boolean> => {
  if (name === 'outbox') {
    const options = outboxOptions(args, terminal.environment, Date.now());
    return options ? runOutbox(options, terminal, person) : true;
  }
  if (name === 'dlq') {
    const options = dlqOptions(args);
    return options ? runDlq(options, terminal, person) : true;
  }
  if (name === 'trace') {
    const options = traceOptions(args, terminal.environment, Date.now());
    return options ? runTrace(options, terminal) : true;
  }
  if (name === 'verify') {
    const options = verifyOptions(args);
    return options ? runVerify(options, terminal) : true;
  }
  if (name === 'status') {
    const options = statusOptions(args);
    return options ? runStatus(options, terminal) : true;
  }
  if (name === 'logs') {
    const options = bothLogsOptions(args, Date.now());
    if (options) await runBothLogs(options, terminal);
    return true;
  }
  if (name === 'events') {
    const asked = busCommand(args, terminal.directory);
    return typeof asked === 'string' || asked(terminal, person);
  }
  throw new Error(`${name} is no command of this test`);
};

/** An operator in the folder of a project whose stack runs. */
export const operatorOf = ({ stack }: Pick<LedgerStack, 'stack'>): Operator => {
  const directory = mkdtempSync(join(tmpdir(), 'antipode-operator-'));
  const folder = createRunFolder(directory);
  describeStack(folder, { directory });
  writeStackAccess(folder, stack);
  const environment = childEnvironment();
  let stopped = false;
  const logs = createFunctionLogs(join(folder.path, logsFolder), (problem) => {
    // The functions go on for a moment when the folder is gone.
    if (!stopped) throw new Error(problem);
  });

  const terminalOf = (lines: string[], errors: string[]): Terminal => ({
    directory,
    environment,
    print: (line) => void lines.push(line),
    warn: (line) => void errors.push(line),
    fail: (line) => void errors.push(line),
    interrupted: new AbortController().signal,
    onExit: () => undefined,
  });

  const run: Operator['run'] = async (args, person = nobody) => {
    const lines: string[] = [];
    const errors: string[] = [];
    try {
      const done = await execute(words(args), terminalOf(lines, errors), person);
      return { code: done ? 0 : 1, lines, errors };
    } catch (error) {
      errors.push((error as Error).message);
      return { code: error instanceof UsageError ? 2 : 1, lines, errors };
    }
  };

  return {
    run,
    json: async (args) => {
      const { code, lines, errors } = await run(`${args} --json`);
      if (code !== 0 || lines.length !== 1) throw new Error([...lines, ...errors].join('\n'));
      return JSON.parse(lines[0] ?? '');
    },
    start: (args) => {
      const child = spawn(process.execPath, [launcher, ...words(args)], {
        cwd: directory,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const output = { out: '', err: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output.out += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output.err += text;
      });
      const linesOf = (text: string) => text.split('\n').filter(Boolean);
      const ended = once(child, 'close').then(([code]) => ({
        code: code as number | null,
        lines: linesOf(output.out),
        errors: linesOf(output.err),
      }));
      return { kill: () => void child.kill('SIGKILL'), ended };
    },
    ask: async (sql, ...parameters) => {
      const terminal = terminalOf([], []);
      const service = await findService({ local: true }, terminal);
      const choice = { region: service.region, user: 'admin', schema: 'ledger' };
      const { connections } = await openDatabase(choice, service, terminal);
      try {
        const one = statement(sql, ...parameters);
        // The relay changes the same rows at the same time.
        const { rows } = await unmeasuredRetrier().run(
          () => query(connections, one, { writes: true }),
          Date.now() + askMsMax,
        );
        return rows;
      } finally {
        await connections.close();
      }
    },
    keep: (line) => {
      if (!stopped) logs.write(line);
    },
    kept: logs.close,
    stop: () => {
      stopped = true;
      if (!readStackAccess(folder.path)) throw new Error('the access of the stack is gone');
      folder.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
