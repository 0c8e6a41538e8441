import type { ServiceError } from '../protocol.ts';
import { constant, type Fields, fieldsOf, list, nameParts, object, options, text } from './ast.ts';
import { anyRefusal, firstRefusal, notSupported, type Rule } from './refusal.ts';
import { hasJudgedValue, refuseSetting, setVariable } from './session-settings.ts';

/** Functions that need what DSQL has not: session locks, large objects, notifications, replication. */
const missingFunctions =
  /^(?:pg_(?:try_)?advisory_\w+|lo_\w+|pg_notify|pg_listening_channels|pg_logical_\w+|pg_replication_\w+|pg_create_\w+|pg_export_snapshot|pg_current_wal_\w+|pg_switch_wal|pg_read_\w+|pg_ls_\w+|pg_stat_file|pg_reload_conf|pg_rotate_logfile|dblink\w*)$/;

/** The name of a function of PostgreSQL's that is called, or `undefined` for one of somebody else's. */
const calledFunction = (call: Fields): string | undefined => {
  const names = nameParts(call['funcname']);
  return names.length > 1 && names[0] !== 'pg_catalog' ? undefined : names.at(-1);
};

/** `set_config(name, value, …)` is `SET` in the clothes of a function. */
const settingOf = (call: Fields): readonly (string | number | undefined)[] =>
  list(call['args']).slice(0, 2).map(constant);

/** Whether a call sets a parameter that can be judged only as it runs. */
export const computesSetting = (call: Fields): boolean => {
  if (calledFunction(call) !== 'set_config') return false;
  const [name, value] = settingOf(call);
  return name === undefined || (value === undefined && hasJudgedValue(`${name}`));
};

/** Refuses a call, `FuncCall`, that DSQL does not carry out. */
export const refuseCall = (call: Fields): ServiceError | undefined => {
  const name = calledFunction(call) ?? '';
  if (missingFunctions.test(name)) return notSupported(`function ${name} not supported`);
  const [setting, value] = name === 'set_config' ? settingOf(call) : [];
  return typeof setting === 'string' ? refuseSetting(setting, value) : undefined;
};

/** The settings that a function has while it runs. */
const functionSettings = (fields: Fields): readonly Fields[] =>
  list(fields['options'])
    .map((node) => fieldsOf(node, 'DefElem'))
    .filter((option) => option?.['defname'] === 'set')
    .map((option) => fieldsOf(option?.['arg'], 'VariableSetStmt') ?? {});

export const createFunction: Rule = (fields) => {
  const language = constant(options(fields['options']).get('language'));
  if (fields['is_procedure'] === true) return notSupported('CREATE PROCEDURE not supported');
  return firstRefusal(
    () =>
      language === undefined || language === 'sql'
        ? undefined
        : notSupported(`CREATE FUNCTION with language ${language} not supported`),
    () => anyRefusal(functionSettings(fields), setVariable),
  );
};

/** The statements of a function that are given as a text, if the node is one that has them. */
export const functionBody = (tag: string, fields: Fields): string | undefined => {
  if (tag !== 'CreateFunctionStmt') return undefined;
  const body = options(fields['options']).get('as');
  const [definition] = list(object(object(body)['List'])['items']);
  return text(fieldsOf(definition, 'String')?.['sval']);
};
