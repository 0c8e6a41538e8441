import { isObject, type Json, type JsonObject, objectOf } from '../json.ts';
import { refuseConditionCircles } from './condition-circles.ts';
import { TemplateFormatError } from './template-format-error.ts';
import { parseYaml } from './yaml-text.ts';

/**
 * The most members of a section.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const membersMax: Readonly<Record<string, number>> = {
  Resources: 500,
  Parameters: 200,
  Outputs: 200,
  Mappings: 200,
};

/** Far more than any resource has. The functions that walk over a template call themselves. */
const levelsMax = 200;

/** Names that CloudFormation takes for resources and parameters. */
const alphanumeric = /^[A-Za-z0-9]+$/;

const lineAndColumn = (text: string, offset: number): string => {
  const lines = text.slice(0, offset).split('\n');
  return `(line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1})`;
};

/** Node says where it stopped by an offset, but for short texts. */
const parseJson = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    const offset = /at position (\d+)/.exec((cause as Error).message)?.[1];
    const place = offset === undefined ? '' : ` ${lineAndColumn(text, Number(offset))}`;
    throw new TemplateFormatError(`Template format error: JSON not well-formed.${place}`, {
      cause,
    });
  }
};

const refuse = (problem: string): never => {
  throw new TemplateFormatError(`Template format error: ${problem}`);
};

/** Refuses what no template may contain, at whichever depth: nothing, and ever deeper values. */
const refuseUnreadable = (document: JsonObject): void => {
  let level: readonly { readonly path: string; readonly value: Json }[] = [
    { path: '', value: document },
  ];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levelsMax) refuse(`the template is nested in more than ${levelsMax} levels`);
    level = level.flatMap(({ path, value }) => {
      if (value === null) refuse(`[${path}] 'null' values are not allowed in templates`);
      if (typeof value !== 'object' || value === null) return [];
      return Object.entries(value).map(([key, inner]) => ({
        path: `${path}/${key}`,
        value: inner as Json,
      }));
    });
  }
};

const refuseTooMany = (document: JsonObject): void => {
  for (const [section, max] of Object.entries(membersMax)) {
    const { length } = Object.keys(objectOf(document[section]));
    if (length <= max) continue;
    const what = section.toLowerCase();
    refuse(`Number of ${what}, ${length}, is greater than maximum allowed, ${max}`);
  }
};

const refuseNames = (document: JsonObject): void => {
  for (const [section, kind] of [
    ['Resources', 'Resource'],
    ['Parameters', 'Parameter'],
  ] as const) {
    const name = Object.keys(objectOf(document[section])).find((one) => !alphanumeric.test(one));
    if (name !== undefined) refuse(`${kind} name ${name} is non alphanumeric.`);
  }
};

const refuseMalformed = (document: JsonObject): void => {
  if (!isObject(document['Resources']) || Object.keys(document['Resources']).length === 0) {
    refuse('At least one Resources member must be defined.');
  }
  for (const [id, resource] of Object.entries(objectOf(document['Resources']))) {
    if (!isObject(resource)) refuse(`[/Resources/${id}] resource definition is malformed`);
    if (typeof objectOf(resource)['Type'] === 'string') continue;
    refuse(`[/Resources/${id}] Every Resources object must contain a Type member.`);
  }
};

/**
 * Reads the text of a template, JSON or YAML, and refuses what CloudFormation refuses about the
 * whole of it.
 *
 * @throws {TemplateFormatError} with one line in CloudFormation's words
 */
export const parseTemplateText = (text: string): JsonObject => {
  const document = text.trimStart().startsWith('{') ? parseJson(text) : parseYaml(text);
  if (!isObject(document)) return refuse('unsupported structure.');
  refuseUnreadable(document);
  refuseMalformed(document);
  refuseTooMany(document);
  refuseNames(document);
  refuseConditionCircles(objectOf(document['Conditions']));
  return document;
};
