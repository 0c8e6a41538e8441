import { basename, resolve } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import { defineService, InvariantViolation } from 'antipode/domain';
import { refuseEmpty, UsageError } from 'antipode-local-dsql/process';
import { parseCommand } from '../service/options.ts';

const templates = ['service', 'minimal'] as const;

/** The kind of project that is written. */
export type Template = (typeof templates)[number];

/** The options of `antipode init`; every value is checked. */
export type InitOptions = {
  /** Absolute path of the project's folder. */
  readonly folder: string;
  /** The service's name, in kebab-case. */
  readonly name: string;
  /** The PostgreSQL schema of its tables: its name in snake_case. */
  readonly schema: string;
  readonly template: Template;
};

const definitions = {
  name: { type: 'string' },
  template: { type: 'string', default: 'service' },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const initHelp = `antipode init: a new service, with its tests, which runs on this machine at once

  antipode init [FOLDER] [options]   writes it into a folder   (this one)

A file that is there is never changed. If one is in the way, nothing is written; a README.md stays.

  --name NAME         kebab-case, at most 24 characters   (the folder's name)
  --template service  a decision that reads, a command, an event, a consumer, a question   (this one)
  --template minimal  a decision that reads nothing, a command, an event: no consumer and no question
  -h, --help          print this

Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

/** Refuses what `defineService` would refuse when the new service is loaded. */
const checkName = (name: string, schema: string, given: boolean): void => {
  try {
    defineService({ name, source: name, schema, migrations: [], events: {}, consumers: {} });
  } catch (cause) {
    if (!(cause instanceof InvariantViolation)) throw cause;
    const advice = given ? 'give another one' : 'give one, such as --name web-shop';
    throw new UsageError(`init: ${cause.message}: ${advice}`, { cause });
  }
};

/**
 * Reads the arguments after `init`; `undefined` when they ask for help.
 *
 * @param directory the folder that the command was started in
 * @throws {UsageError} saying what is wrong with which option
 */
export const initOptions = (
  args: readonly string[],
  directory: string,
): InitOptions | undefined => {
  const { values, positionals } = parseCommand('init', args, definitions);
  if (values.help) return undefined;
  const [path = '.', extra] = positionals;
  if (extra !== undefined) throw new UsageError(`init: ${extra} is one argument too many`);
  refuseEmpty({ name: values.name });
  const template = templates.find((one) => one === values.template);
  if (!template) {
    throw new UsageError(`--template ${values.template}: give ${templates.join(' or ')}`);
  }
  const folder = resolve(directory, path);
  const name = values.name ?? basename(folder);
  const schema = name.replaceAll('-', '_');
  checkName(name, schema, values.name !== undefined);
  return { folder, name, schema, template };
};
