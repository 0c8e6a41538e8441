import { X509Certificate } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isClusterIdentifier } from '../control-plane/cluster-identifier.ts';
import { isOwn, isShared, readTrusted, replacePrivateFile } from '../folders/private-folder.ts';
import { createStackIdentity, type StackIdentity } from './identity.ts';
import { createParent, isSharedProject, type RunFolder } from './run-folder.ts';

/**
 * A folder whose path, keys, certificate and clusters' names are the same whenever a project's
 * stack is on the same port: a shell that has read its files goes on working after the stack was
 * restarted. Two stacks of one project have different ports, so each has its own.
 */
export interface PortFolder {
  /** Writes a file, or replaces it; returns its path. */
  readonly write: (file: string, content: string) => string;
  /** The keys, the certificate and the clusters' names that the folder holds, or new ones. */
  readonly identity: (regions: readonly string[]) => StackIdentity;
  /**
   * Writes them to the folder. Call it once the port is open: until then another stack may use it.
   */
  readonly keepIdentity: () => void;
}

const identityFile = 'identity.json';

/**
 * Milliseconds that a certificate must still be valid, because a stack may run for as long.
 * Otherwise it is replaced.
 */
const validityLeftMsMin = 7 * 24 * 3_600_000;

const isValid = ({ ca, cert }: StackIdentity['certificate']): boolean =>
  [ca, cert].every(
    (pem) => Date.parse(new X509Certificate(pem).validTo) - Date.now() > validityLeftMsMin,
  );

/** An identity as its file has it. A file of another version may lack any field. */
type WrittenIdentity = {
  readonly regions?: readonly string[];
  readonly certificate?: Partial<StackIdentity['certificate']>;
  readonly keys?: Partial<StackIdentity['keys']>;
  readonly clusterIds?: Readonly<Record<string, unknown>>;
};

const areIdentifiers = (
  names: Readonly<Record<string, unknown>>,
): names is StackIdentity['clusterIds'] =>
  Object.values(names).every((name) => typeof name === 'string' && isClusterIdentifier(name));

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The identity in the folder, if it is whole, still valid and made for these Regions. */
const readIdentity = (path: string, regions: readonly string[]): StackIdentity | undefined => {
  try {
    const written = JSON.parse(readTrusted(path)) as WrittenIdentity;
    const { ca, cert, key } = written.certificate ?? {};
    const { accessKeyId, secretAccessKey } = written.keys ?? {};
    if (!isText(ca) || !isText(cert) || !isText(key)) return undefined;
    if (!isText(accessKeyId) || !isText(secretAccessKey)) return undefined;
    const { clusterIds = {}, regions: known = [] } = written;
    if (!areIdentifiers(clusterIds) || !regions.every((region) => region in clusterIds)) {
      return undefined;
    }
    const keys = { accessKeyId, secretAccessKey };
    const found = { certificate: { ca, cert, key }, keys, clusterIds };
    return isValid(found.certificate) && regions.every((region) => known.includes(region))
      ? found
      : undefined;
  } catch {
    // There is none, or it cannot be used: a new one takes its place.
    return undefined;
  }
};

const createFolder = (directory: string, port: number): string => {
  const path = join(createParent(directory), `port-${port}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (found.isDirectory() && isOwn(found) && !isShared(found)) return path;
  throw new Error(`${path} is no folder of this user alone: remove it`);
};

/**
 * Opens the folder of a port below the project's `.antipode`. Where the port is any free one (0),
 * or where other users can write to the project's folder, the folder of the run takes its place:
 * its path is another one each time.
 *
 * @throws {Error} with one line when the folder cannot be used.
 */
export const openPortFolder = (directory: string, port: number, run: RunFolder): PortFolder => {
  const kept = port !== 0 && !isSharedProject(directory);
  const pathOf = (file: string): string =>
    join(kept ? createFolder(directory, port) : run.path, file);
  const write = (file: string, content: string): string => {
    const path = pathOf(file);
    replacePrivateFile(path, content);
    return path;
  };
  let unkept: string | undefined;
  return {
    write,
    identity: (regions) => {
      const found = kept ? readIdentity(pathOf(identityFile), regions) : undefined;
      const identity = found ?? createStackIdentity(regions);
      if (!found) unkept = JSON.stringify({ regions, ...identity });
      return identity;
    },
    keepIdentity: () => {
      if (kept && unkept !== undefined) write(identityFile, unkept);
      unkept = undefined;
    },
  };
};
