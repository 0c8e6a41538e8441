import type { ServiceError } from '../protocol.ts';
import { constant, type Fields, fieldsOf, list, options, text } from './ast.ts';
import { anyRefusal, notSupported, type Rule } from './refusal.ts';

/** Settings that a session may change; every other one is refused, time-outs among them. */
const settable =
  /^(?:application_name|client_encoding|datestyle|extra_float_digits|intervalstyle|timezone|search_path|role|enable_\w+|dsql\.enable_batched_nestloop|disable_sync_create_index)$/;

/** Whether `SET name`, or the same in a startup packet, is one that DSQL knows. */
export const isSettable = (name: string): boolean => settable.test(name.toLowerCase());

export const refuseSetting = (name: string): ServiceError | undefined =>
  isSettable(name)
    ? undefined
    : notSupported(`setting configuration parameter "${name}" not supported`);

export const setVariable: Rule = (fields) =>
  fields['kind'] === 'VAR_RESET_ALL' ? undefined : refuseSetting(text(fields['name']));

/** `set_config(name, …)` is `SET` in the clothes of a function. */
export const setConfig = (call: Fields): ServiceError | undefined => {
  const name = constant(list(call['args'])[0]);
  return typeof name === 'string' ? refuseSetting(name) : undefined;
};

const transactionStatements: Readonly<Record<string, string>> = {
  TRANS_STMT_SAVEPOINT: 'SAVEPOINT',
  TRANS_STMT_RELEASE: 'RELEASE',
  TRANS_STMT_ROLLBACK_TO: 'ROLLBACK TO',
  TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

const onlyIsolation = 'repeatable read';

export const transaction: Rule = (fields) => {
  const unsupported = transactionStatements[text(fields['kind'])];
  if (unsupported) return notSupported(`unsupported transaction statement: ${unsupported}`);
  return anyRefusal(list(fields['options']), (option) => {
    if (fieldsOf(option, 'DefElem')?.['defname'] !== 'transaction_isolation') return undefined;
    const level = constant(options([option]).get('transaction_isolation'));
    return level === onlyIsolation
      ? undefined
      : notSupported(`Unsupported isolation level: ${String(level).toUpperCase()}`);
  });
};
