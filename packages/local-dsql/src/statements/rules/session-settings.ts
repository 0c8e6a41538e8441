import type { ServiceError } from '../../protocol/protocol.ts';
import { constant, fieldsOf, list, options, text } from '../ast.ts';
import { anyRefusal, notSupported, type Rule } from '../refusal.ts';

/** Settings that a session may change; every other one is refused, time-outs among them. */
export const settable =
  /^(?:application_name|client_encoding|datestyle|extra_float_digits|intervalstyle|timezone|search_path|role|enable_\w+|dsql\.enable_batched_nestloop|disable_sync_create_index)$/;

/** The names that PostgreSQL has for the one encoding, once their punctuation is gone. */
export const onlyEncoding = /^(?:utf8|unicode)$/;

/** Whether a setting is one whose value matters, too. */
export const hasJudgedValue = (name: string): boolean => name.toLowerCase() === 'client_encoding';

/** @param value is left out where it is not known, or is the default */
export const refuseSetting = (name: string, value?: string | number): ServiceError | undefined => {
  if (!settable.test(name.toLowerCase())) {
    return notSupported(`setting configuration parameter "${name}" not supported`);
  }
  const encoding = hasJudgedValue(name) && value !== undefined ? `${value}` : 'utf8';
  return onlyEncoding.test(encoding.toLowerCase().replace(/[^a-z0-9]/g, ''))
    ? undefined
    : { code: '22023', message: `invalid value for parameter "client_encoding": "${encoding}"` };
};

const onlyIsolation = 'repeatable read';

/**
 * Refuses the isolation levels that DSQL does not have, in the modes of a transaction or of all to
 * come.
 */
const refuseModes = (modes: unknown): ServiceError | undefined =>
  anyRefusal(list(modes), (mode) => {
    if (fieldsOf(mode, 'DefElem')?.['defname'] !== 'transaction_isolation') return undefined;
    const level = constant(options([mode]).get('transaction_isolation'));
    return level === onlyIsolation
      ? undefined
      : notSupported(`Unsupported isolation level: ${String(level).toUpperCase()}`);
  });

/** A session may always return to the settings of its start. */
const givesBack = (kind: string, name: string): boolean =>
  kind === 'VAR_RESET' ||
  kind === 'VAR_RESET_ALL' ||
  (kind === 'VAR_SET_DEFAULT' && name === 'session_authorization');

/** Forms of SET whose arguments are modes of a transaction. No parameter has one of these names. */
const modeSettings: ReadonlySet<string> = new Set(['TRANSACTION', 'SESSION CHARACTERISTICS']);

/**
 * An unknown isolation level is named before the form of SET is refused: the service's grammar
 * finds it first.
 */
export const setVariable: Rule = (fields) => {
  const name = text(fields['name']);
  if (givesBack(text(fields['kind']), name)) return undefined;
  const args = list(fields['args']);
  return modeSettings.has(name)
    ? (refuseModes(args) ?? refuseSetting(name))
    : refuseSetting(name, constant(args[0]));
};

const transactionStatements: Readonly<Record<string, string>> = {
  TRANS_STMT_SAVEPOINT: 'SAVEPOINT',
  TRANS_STMT_RELEASE: 'RELEASE',
  TRANS_STMT_ROLLBACK_TO: 'ROLLBACK TO',
  TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

export const transaction: Rule = (fields) => {
  const unsupported = transactionStatements[text(fields['kind'])];
  if (unsupported) return notSupported(`unsupported transaction statement: ${unsupported}`);
  return refuseModes(fields['options']);
};
