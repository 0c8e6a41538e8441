import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { busCommand } from '../../packages/cli/src/commands/bus/bus-command.ts';
import { dlqOptions } from '../../packages/cli/src/commands/dlq/options.ts';
import { eventsOptions } from '../../packages/cli/src/commands/events/events-options.ts';
import { logsOptions } from '../../packages/cli/src/commands/logs/logs-options.ts';
import { bothLogsOptions } from '../../packages/cli/src/commands/logs/options.ts';
import { migrateOptions } from '../../packages/cli/src/commands/migrate/migrate-options.ts';
import { outageOptions } from '../../packages/cli/src/commands/outage/options.ts';
import { outboxOptions } from '../../packages/cli/src/commands/outbox/options.ts';
import { rowsOptions } from '../../packages/cli/src/commands/rows/options.ts';
import { statusOptions } from '../../packages/cli/src/commands/status/options.ts';
import { traceOptions } from '../../packages/cli/src/commands/trace/options.ts';
import { verifyOptions } from '../../packages/cli/src/commands/verify/options.ts';
import { localOptions } from '../../packages/cli/src/options.ts';
import { fencedBlocks, isForAws, needsAws } from './page-commands.ts';

const root = join(import.meta.dirname, '../..');

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** The languages of a block of commands. */
const shells = ['sh', 'bash', 'shell', 'console'];

const blocksOf = (page: string): readonly string[] =>
  fencedBlocks(readFileSync(join(root, page), 'utf8'))
    .filter(({ language }) => shells.includes(language))
    .map(({ text }) => text);

export const hasCommands = (page: string): boolean => blocksOf(page).length > 0;

/** The commands of a page, each in one line, but for those that it says need AWS. */
export const commandsOf = (page: string): readonly string[] =>
  blocksOf(page)
    .filter((block) => !isForAws(block))
    .flatMap((text) =>
      text
        .replaceAll(/\\\n\s*/g, '')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#') && !needsAws(line)),
    );

/** The words of a command as a shell reads them, without its comment and the settings before it. */
const wordsOf = (line: string): readonly string[] =>
  [
    ...line
      .replace(/ #.*/, '')
      .replace(/^(?:[A-Z_]+=(?:"[^"]*"|\S*) )+/, '')
      .matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
  ].map(([, single, double, plain]) => single ?? double ?? plain ?? '');

const eventId = '11111111-2222-4333-8444-555555555555';

type Read = (args: readonly string[]) => unknown;

const local: Read = (args) => {
  if (/^(?:region|link|crash)$/.test(args[0] ?? '')) return outageOptions(args);
  return args[0] === '--logs' ? logsOptions(args) : localOptions(args);
};

const commands: Readonly<Record<string, Read>> = {
  dlq: dlqOptions,
  events: (args) =>
    /^(?:send|replay)$/.test(args[0] ?? '') ? busCommand(args, root) : eventsOptions(args),
  local,
  logs: (args) => bothLogsOptions(args, Date.now()),
  migrate: (args) =>
    migrateOptions(args, { DSQL_ENDPOINT: 'localhost:4132', AWS_REGION: 'us-east-1' }),
  outbox: (args) => outboxOptions(args, {}, Date.now()),
  rows: rowsOptions,
  status: statusOptions,
  trace: (args) => traceOptions(args, {}, Date.now()),
  verify: verifyOptions,
};

const cdkCommands = ['bootstrap', 'deploy', 'destroy', 'diff', 'import', 'rollback'];

const readOne = (line: string): boolean => {
  const words = wordsOf(line).map((word) => (word === 'ID' ? eventId : word));
  const [program = '', name = '', ...args] = words[0] === 'npx' ? words.slice(1) : words;
  if (program === 'antipode') {
    const read = commands[name];
    if (!read) throw new Error(`antipode has no command ${name}`);
    if (read(args) === undefined) throw new Error(`${line} asks for help`);
    return true;
  }
  if (program === 'cdk') {
    if (cdkCommands.includes(name)) return true;
    throw new Error(`no test knows cdk ${name}`);
  }
  if (program !== 'npm') return false;
  if (name === 'ci') return true;
  if (name === 'start') return local(args.slice(1)) !== undefined;
  const script = name === 'run' ? args[0] : name;
  return script !== undefined && script in scripts;
};

/**
 * Reads a command with the parser that it has: one of `antipode` by its own options, one of npm by
 * the scripts of the project, one of the CDK by its name. It does not run it.
 *
 * @returns whether the command has such a parser
 * @throws {Error} where the parser refuses the command
 */
export const readCommand = (line: string): boolean => line.split(' && ').every(readOne);
