import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DeclaredService } from 'antipode/domain';
import { isObject } from '../events/schema-node.ts';

/** The service may come from another copy of the framework, so its shape is asked for. */
const isService = (value: unknown): value is DeclaredService =>
  isObject(value) &&
  ['name', 'source', 'schema', 'role'].every((part) => typeof value[part] === 'string') &&
  ['events', 'consumers', 'catalogue'].every((part) => isObject(value[part])) &&
  (Array.isArray(value['migrations']) || typeof value['migrations'] === 'function');

/**
 * Loads the declaration of a service.
 *
 * @param module path of the module that exports it, relative to the project
 * @throws {Error} of one line: there is no such module, it fails, or it exports no service or more
 * than one.
 */
export const loadService = async (directory: string, module: string): Promise<DeclaredService> => {
  const path = resolve(directory, module);
  const shown = `--service ${relative(directory, path)}`;
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new Error(`${shown}: there is no such file: give the module that exports the service`);
  }
  const loaded: unknown = await import(pathToFileURL(path).href).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new Error(`${shown} cannot be loaded: ${reason}`, { cause });
  });
  const services = [...new Set(Object.values(Object(loaded)))].filter(isService);
  const [service, other] = services;
  if (!service) throw new Error(`${shown} exports no service: export the one of defineService`);
  if (!other) return service;
  const names = services.map(({ name }) => name).join(', ');
  throw new Error(`${shown} exports the services ${names}: give a module that exports one`);
};
