import type { ServiceError } from '../../protocol/protocol.ts';
import { constant, type Fields, fieldsOf, list, nameParts, object, options, text } from '../ast.ts';
import { anyRefusal, firstRefusal, notSupported, type Rule } from '../refusal.ts';
import { internalSchema } from '../schemas.ts';
import { refuseReturnType } from './runtime-types.ts';
import { hasJudgedValue, refuseSetting, setVariable } from './session-settings.ts';

/**
 * Functions that need parts of PostgreSQL that DSQL lacks: session locks, large objects,
 * notifications, cursors, files, replication.
 */
const missingFunctions =
  /^(?:pg_(?:try_)?advisory_\w+|lo_(?:close|creat|create|export|from_bytea|get|import|lseek|lseek64|open|put|tell|tell64|truncate|truncate64|unlink)|loread|lowrite|pg_notify|pg_listening_channels|cursor_to_xml\w*|pg_logical_\w+|pg_replication_\w+|pg_create_\w+|pg_export_snapshot|pg_current_wal_\w+|pg_switch_wal|pg_read_\w+|pg_ls_\w+|pg_stat_file|pg_reload_conf|pg_rotate_logfile)$/;

/** Functions that run a text as a query. The endpoint would not have judged that query. */
const textRunners = /^(?:query_to_xml\w*|ts_stat)$/;

/**
 * Whether a call is `ts_rewrite` with two arguments. The second is the text of a query; with three
 * arguments all are values.
 */
const isQueryRewriting = (name: string, call: Fields): boolean =>
  name === 'ts_rewrite' && list(call['args']).length === 2;

/**
 * Functions that run statements which PostgreSQL does not know. Only the endpoint may call them.
 */
const ownFunctions =
  /^antipode_(?:add_job|alter_table|create_index|finish|invalidate_constraints|invalidate_index|job_ms|run_jobs|validate_constraint)$/;

/** Functions of the system's schemas that a client may call. */
const systemFunctions: ReadonlySet<string> = new Set(['wait_for_job']);

/**
 * A function's name, and its schema if the call gives one. A database may stand before the schema.
 */
const calledName = (call: Fields): readonly [name: string, schema: string | undefined] => {
  const [name = '', schema] = nameParts(call['funcname']).toReversed();
  return [name, schema];
};

const isMissing = (call: Fields): boolean => {
  const [name, schema] = calledName(call);
  if (schema === 'sys' || schema === internalSchema) return !systemFunctions.has(name);
  if (schema === undefined && ownFunctions.test(name)) return true;
  if (schema !== undefined && schema !== 'pg_catalog') return false;
  return missingFunctions.test(name) || textRunners.test(name) || isQueryRewriting(name, call);
};

const setsConfig = (call: Fields): boolean => {
  const [name, schema = 'pg_catalog'] = calledName(call);
  return name === 'set_config' && schema === 'pg_catalog';
};

/** The name and the value in a call of `set_config`, which does the same as `SET`. */
const settingOf = (call: Fields): readonly (string | number | undefined)[] =>
  list(call['args']).slice(0, 2).map(constant);

/** Whether a call sets a parameter that can be judged only as it runs. */
export const computesSetting = (call: Fields): boolean => {
  if (!setsConfig(call)) return false;
  const [name, value] = settingOf(call);
  return name === undefined || (value === undefined && hasJudgedValue(`${name}`));
};

/** Refuses a call, `FuncCall`, that DSQL does not carry out. */
export const refuseCall = (call: Fields): ServiceError | undefined => {
  const [name] = calledName(call);
  if (isMissing(call)) return notSupported(`function ${name} not supported`);
  const [setting, value] = setsConfig(call) ? settingOf(call) : [];
  return typeof setting === 'string' ? refuseSetting(setting, value) : undefined;
};

/** The settings that a function has while it runs. */
const functionSettings = (fields: Fields): readonly Fields[] =>
  list(fields['options'])
    .map((node) => fieldsOf(node, 'DefElem'))
    .filter((option) => option?.['defname'] === 'set')
    .map((option) => fieldsOf(option?.['arg'], 'VariableSetStmt') ?? {});

/** Attributes that no user's function in SQL needs. */
const missingAttributes = ['leakproof', 'support', 'transform', 'window'] as const;

export const createFunction: Rule = (fields) => {
  const attributes = options(fields['options']);
  const language = constant(attributes.get('language'));
  const missing = missingAttributes.find((name) => attributes.has(name));
  if (fields['is_procedure'] === true) return notSupported('PROCEDURE is not supported');
  return firstRefusal(
    () =>
      language === undefined || language === 'sql'
        ? undefined
        : notSupported(`CREATE FUNCTION with language ${language} not supported`),
    () => missing && notSupported(`${missing.toUpperCase()} not supported for CREATE FUNCTION`),
    () => anyRefusal(functionSettings(fields), setVariable),
    () => refuseReturnType(fields),
  );
};

/** The statements of a function that are given as a text, if the node is one that has them. */
export const functionBody = (tag: string, fields: Fields): string | undefined => {
  if (tag !== 'CreateFunctionStmt') return undefined;
  const body = options(fields['options']).get('as');
  const [definition] = list(object(object(body)['List'])['items']);
  return text(fieldsOf(definition, 'String')?.['sval']);
};
