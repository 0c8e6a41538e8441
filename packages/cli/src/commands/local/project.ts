import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defined } from 'antipode/internal/domain';
import {
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  stringOf,
} from '../../local/template/json.ts';

/** The settings in the `cdk.json` of a project's folder. */
export type Project = {
  readonly directory: string;
  /** The shell command that synthesizes the app. */
  readonly app?: string;
  /** Absolute path of the module with the app's self-check. */
  readonly check?: string;
  readonly context: JsonObject;
};

/**
 * The key of `cdk.json`'s context that names the module with the self-check, relative to the
 * project.
 */
const checkKey = 'antipode:check';

/**
 * The keys of the context for `antipode migrate` and `antipode events`: the module with the
 * declared service. `antipode migrate` in a project without one takes migrations, schema of the
 * journal, and schema of the framework's tables.
 */
const serviceKey = 'antipode:service';
const migrationsKey = 'antipode:migrations';
const schemaKey = 'antipode:schema';
const frameworkKey = 'antipode:framework';

const readCdkJson = (directory: string): JsonObject => {
  const path = join(directory, 'cdk.json');
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Json;
    return isObject(value) ? value : {};
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
};

/**
 * Reads a project's `cdk.json`. The arguments in `given` win.
 *
 * @throws {Error} when the file is not JSON.
 */
export const readProject = (
  directory: string,
  given: { readonly app?: string; readonly check?: string },
): Project => {
  const file = readCdkJson(directory);
  const context = objectOf(file['context']);
  const app = given.app ?? stringOf(file['app']);
  const check = given.check ?? stringOf(context[checkKey]);
  return {
    directory,
    context,
    ...defined({ app }),
    ...(check === undefined ? {} : { check: resolve(directory, check) }),
  };
};

/** The defaults of `antipode migrate` in a project's `cdk.json`. */
export const migrationDefaults = ({ context }: Project) => {
  const service = stringOf(context[serviceKey]);
  const migrations = stringOf(context[migrationsKey]);
  const schema = stringOf(context[schemaKey]);
  const framework = stringOf(context[frameworkKey]);
  return defined({ service, migrations, schema, framework });
};

/** The defaults of `antipode events` in a project's `cdk.json`. */
export const eventsDefaults = ({ context }: Project) =>
  defined({ service: stringOf(context[serviceKey]) });
