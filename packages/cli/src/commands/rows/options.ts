import type { ParseArgsConfig } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { UsageError } from 'antipode-local-dsql/process';
import {
  accessHelp,
  type ChangeChoice,
  changeDefinitions,
  changeHelp,
  parseCommand,
  readCount,
  refuseForeignOptions,
  type ServiceChoice,
  serviceChoice,
  serviceDefinitions,
  serviceHelp,
} from '../service/options.ts';

/** The part of `antipode rows` that was asked for. */
export type RowsCommand = 'compare' | 'restore';

/** The options of `antipode rows`; every value is checked. */
export type RowsOptions = ServiceChoice &
  ChangeChoice & {
    readonly command: RowsCommand;
    /** The schema of the service unless given. */
    readonly schema?: string;
    readonly table: string;
    /** The identifier of the cluster with the older rows. */
    readonly from: string;
    /** A condition in SQL on the rows. */
    readonly where?: string;
    /** Rows that are shown of each kind. */
    readonly shownMax: number;
    readonly user: string;
    readonly ca?: string;
    readonly json: boolean;
  };

/** A screen; the count tells of the others. */
const shownDefault = 20;
const shownMaxMax = 1_000;

const definitions = {
  ...serviceDefinitions,
  ...changeDefinitions,
  from: { type: 'string' },
  where: { type: 'string' },
  max: { type: 'string' },
  user: { type: 'string' },
  ca: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** The text that `--help` prints. */
export const rowsHelp = `antipode rows: brings back rows that a wrong DELETE has taken, from a cluster that was restored

  antipode rows compare TABLE --from CLUSTER [options]   counts the rows of that cluster that are missing in the
                                                         service's, and those that differ
  antipode rows restore TABLE --from CLUSTER [options]   writes the missing rows into the service's cluster

A row that is there is never changed, also where it differs. No event is published. The tables of the framework
are refused: a row that is written back to the outbox would be published again.

  TABLE               its name, or SCHEMA.TABLE   (the schema of the service)
  --from CLUSTER      the identifier of the restored cluster, in the Region of the service
  --where CONDITION   looks at these rows only, such as --where "account_id = 'a-1'"
  --max N             shows at most so many rows of each kind   (${shownDefault})
${changeHelp}

${serviceHelp}
  --user ROLE         connects as this database role   (admin)
  --ca FILE           trusts this authority   (that of the local stack, or Amazon's)

The databases take the credentials of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
@aws-sdk/client-dsql has to be installed.
${accessHelp}`;

const clusterPattern = /^[a-z\d]{26}$/;
const namePattern = /^[A-Za-z_][\w$]{0,62}$/;

const readTable = (text: string | undefined): Pick<RowsOptions, 'schema' | 'table'> => {
  const [first = '', second, ...others] = (text ?? '').split('.');
  const names = second === undefined ? [first] : [first, second];
  if (others.length > 0 || !names.every((name) => namePattern.test(name))) {
    throw new UsageError('rows: give a table, such as ledger.transactions');
  }
  return second === undefined ? { table: first } : { schema: first, table: second };
};

const own: Readonly<Record<RowsCommand, readonly ('dry-run' | 'yes')[]>> = {
  compare: [],
  restore: ['dry-run', 'yes'],
};

/**
 * Reads the arguments after `rows`; `undefined` when they ask for help.
 *
 * @throws {UsageError} saying what is wrong with which option
 */
export const rowsOptions = (args: readonly string[]): RowsOptions | undefined => {
  const { values, positionals } = parseCommand('rows', args, definitions);
  if (values.help) return undefined;
  const [command, table, ...others] = positionals;
  if (command !== 'compare' && command !== 'restore') {
    throw new UsageError('rows: give compare or restore, and a table');
  }
  if (others[0] !== undefined) {
    throw new UsageError(`rows ${command}: ${others[0]} is one argument too many`);
  }
  refuseForeignOptions('rows', command, own, values);
  const named = readTable(table);
  const { from = '', where, max } = values;
  if (!clusterPattern.test(from)) {
    throw new UsageError(`rows ${command}: give --from, the identifier of the restored cluster`);
  }
  return {
    ...serviceChoice(values),
    ...named,
    ...defined({ where, ca: values.ca }),
    ...{ command, from, user: values.user ?? 'admin', json: values.json },
    ...{ dryRun: values['dry-run'], yes: values.yes },
    shownMax: max === undefined ? shownDefault : readCount('max', max, 1, shownMaxMax),
  };
};
