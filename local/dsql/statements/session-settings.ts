import type { ServiceError } from '../protocol.ts';
import { constant, fieldsOf, list, options, text } from './ast.ts';
import { anyRefusal, notSupported, type Rule } from './refusal.ts';

/** Settings that a session may change; every other one is refused, time-outs among them. */
export const settable =
  /^(?:application_name|client_encoding|datestyle|extra_float_digits|intervalstyle|timezone|search_path|role|enable_\w+|dsql\.enable_batched_nestloop|disable_sync_create_index)$/;

/** Whether `SET name`, or the same in a startup packet, is one that DSQL knows. */
export const isSettable = (name: string): boolean => settable.test(name.toLowerCase());

export const refuseSetting = (name: string): ServiceError | undefined =>
  isSettable(name)
    ? undefined
    : notSupported(`setting configuration parameter "${name}" not supported`);

const onlyIsolation = 'repeatable read';

/** Refuses the isolation levels that DSQL does not have, in the modes of a transaction or of all to come. */
const refuseModes = (modes: unknown): ServiceError | undefined =>
  anyRefusal(list(modes), (mode) => {
    if (fieldsOf(mode, 'DefElem')?.['defname'] !== 'transaction_isolation') return undefined;
    const level = constant(options([mode]).get('transaction_isolation'));
    return level === onlyIsolation
      ? undefined
      : notSupported(`Unsupported isolation level: ${String(level).toUpperCase()}`);
  });

/** What a session was given at its start may always be had again. */
const givesBack = (kind: string, name: string): boolean =>
  kind === 'VAR_RESET' ||
  kind === 'VAR_RESET_ALL' ||
  (kind === 'VAR_SET_DEFAULT' && name === 'session_authorization');

export const setVariable: Rule = (fields) => {
  const name = text(fields['name']);
  if (givesBack(text(fields['kind']), name)) return undefined;
  return name === 'SESSION CHARACTERISTICS' ? refuseModes(fields['args']) : refuseSetting(name);
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
