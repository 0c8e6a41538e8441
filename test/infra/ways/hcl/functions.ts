import { existsSync, readFileSync } from 'node:fs';

type Objects = readonly Readonly<Record<string, unknown>>[];

/** JSON with its keys in order, as Terraform writes it. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
};

/** The functions of Terraform that the module uses. */
export const functions: Readonly<Record<string, (...values: readonly never[]) => unknown>> = {
  anytrue: (list: readonly boolean[]) => list.includes(true),
  can: (value: unknown) => value !== undefined,
  concat: (...lists: readonly (readonly unknown[])[]) => lists.flat(),
  contains: (list: readonly unknown[], value: unknown) => list.includes(value),
  file: (path: string) => readFileSync(path, 'utf8'),
  fileexists: (path: string) => existsSync(path),
  // The archives need not be there.
  filebase64sha256: (path: string) => `hash of ${path}`,
  join: (separator: string, list: readonly unknown[]) => list.join(separator),
  jsondecode: (text: string) => JSON.parse(text) as unknown,
  jsonencode: (value: unknown) => JSON.stringify(sorted(value)),
  keys: (value: object) => Object.keys(value).toSorted(),
  length: (list: readonly unknown[]) => list.length,
  lookup: (object: Readonly<Record<string, unknown>>, key: string, otherwise: unknown) =>
    Object.hasOwn(object, key) ? object[key] : otherwise,
  merge: (...objects: Objects) => Object.assign({}, ...objects),
  replace: (text: string, from: string, to: string) => text.replaceAll(from, to),
  // Undefined, where Terraform fails, so that `can` gets an argument.
  regex: (pattern: string, text: string) => new RegExp(pattern).exec(text)?.[0],
  setsubtract: (set: readonly unknown[], other: readonly unknown[]) =>
    set.filter((item) => !other.includes(item)),
  startswith: (text: string, prefix: string) => text.startsWith(prefix),
  substr: (text: string, from: number, length: number) => text.slice(from, from + length),
  tostring: (value: unknown) => String(value),
  // An expression that fails ends the evaluation before a second one is needed.
  try: (value: unknown) => value,
};
