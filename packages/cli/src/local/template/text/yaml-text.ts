import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  parseDocument,
  type Tags,
} from 'yaml';
import type { Json } from '../json.ts';
import { TemplateFormatError } from './template-format-error.ts';

/**
 * The functions that have a short form.
 *
 * @see
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
 */
const functions: readonly string[] = [
  ...['And', 'Base64', 'Cidr', 'Contains', 'EachMemberEquals', 'EachMemberIn', 'Equals'],
  ...['FindInMap', 'GetAZs', 'GetAtt', 'GetStackOutput', 'If', 'ImportValue', 'Join', 'Length'],
  ...['Not', 'Or', 'RefAll', 'Select', 'Split', 'Sub', 'ToJsonString', 'Transform', 'ValueOf'],
  'ValueOfAll',
];

/** Functions whose long form has no prefix. */
const bare: readonly string[] = ['Ref', 'Condition'];

/** Kinds of YAML 1.1 that CloudFormation does not have: it reads them as texts. */
const unknownKinds: readonly string[] = ['binary', 'omap', 'pairs', 'set', 'timestamp', 'merge'];

const withoutUnknownKinds = (tags: Tags): Tags =>
  tags.filter((tag) => !unknownKinds.some((kind) => String(tagName(tag)).endsWith(kind)));

const tagName = (tag: Tags[number]): string => (typeof tag === 'string' ? tag : tag.tag);

const refuse = (problem: string, cause?: unknown): never => {
  throw new TemplateFormatError(`Template format error: ${problem}`, { cause });
};

/** The long form of a function that a tag such as `!Sub` names. */
const longForm = (tag: string, argument: Json): Json => {
  const name = tag.slice(1);
  if (bare.includes(name)) return { [name]: argument };
  if (!functions.includes(name)) return refuse(`YAML not well-formed. (unknown tag ${tag})`);
  if (name !== 'GetAtt' || typeof argument !== 'string') return { [`Fn::${name}`]: argument };
  const [logicalId = '', ...attribute] = argument.split('.');
  return { 'Fn::GetAtt': [logicalId, attribute.join('.')] };
};

const untaggedOf = (node: Node | ParsedNode | null): Json => {
  if (isAlias(node)) return refuse('YAML aliases are not allowed in CloudFormation templates');
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map(({ key, value }) => [
        String(isScalar(key) ? (key.source ?? key.value) : key),
        jsonOf(value as Node | null),
      ]),
    );
  }
  if (isSeq(node)) return node.items.map((item) => jsonOf(item as Node | null));
  return isScalar(node) ? (node.value as Json) : null;
};

const jsonOf = (node: Node | ParsedNode | null): Json => {
  const tag = node && !isAlias(node) ? node.tag : undefined;
  const value = untaggedOf(node);
  return tag?.startsWith('!') && tag !== '!' ? longForm(tag, value) : value;
};

/**
 * Reads a template in YAML as CloudFormation does: version 1.1 without aliases, merges and
 * timestamps, and with the short forms of functions.
 *
 * @throws {TemplateFormatError} with one line that names the place
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
 */
export const parseYaml = (text: string): Json => {
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'yaml-1.1',
    merge: false,
    customTags: withoutUnknownKinds,
    // The tags of functions are read here, and are no reason to warn.
    logLevel: 'error',
    prettyErrors: true,
  });
  const [error] = document.errors;
  if (error) {
    const [{ line, col } = { line: 1, col: 1 }] = error.linePos ?? [];
    return refuse(`YAML not well-formed. (line ${line}, column ${col})`, error);
  }
  return jsonOf(document.contents);
};
