import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ValueRule } from '../specification.ts';

/** The limits of a value: all of its rule but its type. */
export type Constraints = Pick<ValueRule, 'min' | 'max' | 'lengthMin' | 'lengthMax' | 'pattern'> & {
  /** The texts that each item of a list may be, and no others. */
  readonly itemValues?: readonly string[];
};

/**
 * By `Definition.Property`; the properties of the resource itself are those of the definition ``.
 */
export type TypeConstraints = ReadonlyMap<string, Constraints>;

const tags: Readonly<Record<string, keyof Constraints>> = {
  max: 'max',
  maxLength: 'lengthMax',
  min: 'min',
  minLength: 'lengthMin',
  pattern: 'pattern',
};

/** ` * @maxLength `64`` */
const tagLine = /^\s*\* @(\w+) `(.*)`$/;
/** `export type DeadLetterConfig = {` */
const definitionLine = /^export type (\w+) = \{$/;
/**
 * `    TargetArn?: string;`, or the begin of an object that has no name of its own: its property
 * names it.
 */
const propertyLine = /^\s+(\w+)\??: (.*)$/;
const endLine = /^\s*\};?$/;
/** `("x86_64" | "arm64")[];` */
const listOfTexts = /^\((".*")\)\[\];$/;

const readTag = (line: string): Constraints => {
  const [, tag = '', text = ''] = tagLine.exec(line) ?? [];
  const name = Object.hasOwn(tags, tag) ? tags[tag] : undefined;
  if (name === undefined) return {};
  return { [name]: name === 'pattern' ? text : Number(text) };
};

const readItems = (declaration: string): Constraints => {
  const [, texts] = listOfTexts.exec(declaration) ?? [];
  return texts === undefined
    ? {}
    : { itemValues: texts.split(' | ').map((text) => JSON.parse(text) as string) };
};

/**
 * Reads the limits out of the declarations that `@awboost/cfn-resource-types` makes of AWS's
 * registry schemas. They stand in the comments of the properties. docs/adr/0011 says why they come
 * from there.
 */
export const readConstraints = (type: string): TypeConstraints => {
  const file = `@awboost/cfn-resource-types/${type.replaceAll('::', '-')}`;
  const path = createRequire(import.meta.url)
    .resolve(file)
    .replace(/\.js$/, '.d.ts');
  const resource = `${type.split('::').slice(1).join('')}Properties`;
  const found = new Map<string, Constraints>();
  const owners: string[] = [];
  let pending: Constraints = {};
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, definition] = definitionLine.exec(line) ?? [];
    const [, property, value = ''] = propertyLine.exec(line) ?? [];
    if (definition !== undefined) {
      owners.push(definition === resource ? '' : definition);
    } else if (property !== undefined && owners.length > 0) {
      const limits = { ...pending, ...readItems(value) };
      if (Object.keys(limits).length > 0) found.set(`${owners.at(-1)}.${property}`, limits);
      if (value === '{') owners.push(property);
      pending = {};
    } else if (endLine.test(line)) {
      owners.pop();
    } else {
      // Any other line belongs to the comment of the next property, or to a type of another kind,
      // which ends the comment before it.
      pending = line.startsWith('export') ? {} : { ...pending, ...readTag(line) };
    }
  }
  return found;
};
