import type { ClusterPolicy, MultiRegionProperties } from './cluster.ts';
import { invalid } from './control-plane-error.ts';

/** The members of a request, as they come. */
export type Fields = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value of a JSON text; `undefined` for another text. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The limits of the service's model, `dsql/2018-05-10`. */
const policyCharactersMax = 20_480;
const keyCharactersMax = 2_048;
const tagsMax = 200;
const tagKeyCharactersMax = 128;
const tagValueCharactersMax = 256;
const pageMax = 100;
const clientTokenPattern = /^[!-~]{1,128}$/;

const isText = (value: unknown): value is string => typeof value === 'string';

export const textField = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  if (value === undefined || isText(value)) return value;
  throw invalid(`${name} must be a string.`);
};

export const booleanField = (fields: Fields, name: string): boolean | undefined => {
  const value = fields[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(`${name} must be true or false.`);
};

export const clientTokenField = (fields: Fields): string | undefined => {
  const token = textField(fields, 'clientToken');
  if (token === undefined || clientTokenPattern.test(token)) return token;
  throw invalid('clientToken must have 1 to 128 visible characters.');
};

export const keyField = (fields: Fields): string | undefined => {
  const key = textField(fields, 'kmsEncryptionKey');
  if (key === undefined || (key.length > 0 && key.length <= keyCharactersMax)) return key;
  throw invalid(`kmsEncryptionKey must have 1 to ${keyCharactersMax} characters.`);
};

export const multiRegionField = (fields: Fields): MultiRegionProperties | undefined => {
  const value = fields['multiRegionProperties'];
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw invalid('multiRegionProperties must be an object.');
  const witnessRegion = textField(value, 'witnessRegion');
  const { clusters } = value;
  if (clusters !== undefined && !(Array.isArray(clusters) && clusters.every(isText))) {
    throw invalid('clusters must be a list of ARNs.');
  }
  return {
    ...(witnessRegion === undefined ? {} : { witnessRegion }),
    ...(clusters === undefined ? {} : { clusters }),
  };
};

const refuseTag = (key: string, value: unknown): void => {
  if (key.length === 0 || key.length > tagKeyCharactersMax) {
    throw invalid(`A tag's key must have 1 to ${tagKeyCharactersMax} characters.`);
  }
  if (key.startsWith('aws:')) throw invalid(`The tag ${key} is reserved for AWS.`);
  if (!isText(value) || value.length > tagValueCharactersMax) {
    throw invalid(
      `The value of tag ${key} must be a string of ${tagValueCharactersMax} characters.`,
    );
  }
};

export const tagsField = (fields: Fields): Readonly<Record<string, string>> | undefined => {
  const { tags } = fields;
  if (tags === undefined) return undefined;
  if (!isRecord(tags)) throw invalid('tags must be an object.');
  const entries = Object.entries(tags);
  if (entries.length > tagsMax) throw invalid(`A cluster has at most ${tagsMax} tags.`);
  for (const [key, value] of entries) refuseTag(key, value);
  return tags as Readonly<Record<string, string>>;
};

export const policyField = (fields: Fields): ClusterPolicy['document'] | undefined => {
  const policy = textField(fields, 'policy');
  if (policy === undefined) return undefined;
  if (policy.length > policyCharactersMax) {
    throw invalid(`policy must have at most ${policyCharactersMax} characters.`);
  }
  if (isRecord(parseJson(policy))) return policy;
  throw invalid('policy must be a JSON document.');
};

/** The number of results of a page, which comes as a text in an address. */
export const pageSizeField = (fields: Fields): number => {
  const { maxResults = pageMax } = fields;
  const size = Number(maxResults);
  if (Number.isInteger(size) && size >= 1 && size <= pageMax) return size;
  throw invalid(`maxResults must be a number from 1 to ${pageMax}.`);
};

export const textsField = (fields: Fields, name: string): readonly string[] => {
  const value = fields[name];
  if (Array.isArray(value) && value.every(isText)) return value;
  throw invalid(`${name} must be a list of strings.`);
};
