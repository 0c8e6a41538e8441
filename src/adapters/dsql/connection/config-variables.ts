import { InvariantViolation } from '../../../domain/kernel/index.ts';
import type { EnvironmentVariables } from './config.ts';
import { connectionsRules } from './connections.ts';

/**
 * Returns a variable's value if the option that it sets accepts it. The message about a wrong value
 * does not quote it, since an endpoint may have been given with a password.
 *
 * @throws {InvariantViolation} that names the variable and says what it must be
 */
export const checkedVariable = <T>(
  name: string,
  option: keyof typeof connectionsRules,
  value: T,
): T => {
  const problem = connectionsRules[option].rule(value);
  if (problem === undefined) return value;
  throw new InvariantViolation(`Set ${name}: it ${problem}`);
};

/**
 * Reads a switch: `true` or `false`. It is off where the variable is not set, or empty.
 *
 * @throws {InvariantViolation} for anything but `true` and `false`: "1" would silently mean off
 */
export const environmentFlag = (env: EnvironmentVariables, name: string): boolean => {
  const value = env[name] || 'false';
  if (value !== 'true' && value !== 'false') {
    throw new InvariantViolation(`Set ${name} to true or false`);
  }
  return value === 'true';
};

/**
 * Reads the fallbacks for a cluster that refuses a pipeline: `DSQL_SERIAL=true` sends one statement
 * at a time, `DSQL_PLAIN_BEGIN=true` sends BEGIN without an isolation level,
 * `DSQL_PREPARED_STATEMENTS_MAX` is how many statements a connection keeps prepared, 0 for none.
 *
 * @throws {InvariantViolation} that names the variable and says what it must be
 */
export const environmentFallbacks = (
  env: EnvironmentVariables,
): {
  readonly serial: boolean;
  readonly plainBegin: boolean;
  readonly preparedStatementsMax?: number;
} => {
  const flags = {
    serial: environmentFlag(env, 'DSQL_SERIAL'),
    plainBegin: environmentFlag(env, 'DSQL_PLAIN_BEGIN'),
  };
  const name = 'DSQL_PREPARED_STATEMENTS_MAX';
  const text = env[name];
  if (!text) return flags;
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return {
    ...flags,
    preparedStatementsMax: checkedVariable(name, 'preparedStatementsMax', count),
  };
};
