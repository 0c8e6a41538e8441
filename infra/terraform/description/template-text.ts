import {
  functionIn,
  isList,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
} from '../../cloudformation/json.ts';

/** Gives the names of a template's resources and of values that other stacks export. */
export type References = {
  /** `undefined` for a parameter of the template. */
  readonly ref: (id: string) => Json | undefined;
  readonly attribute: (id: string, attribute: string) => Json;
  readonly imported: (name: string) => Json;
};

/** A template of CloudFormation as far as the texts need it. */
export type Sections = { readonly conditions: JsonObject; readonly references: References };

const pseudo: Readonly<Record<string, string>> = {
  ...{ 'AWS::Region': 'region', 'AWS::AccountId': 'account_id', 'AWS::Partition': 'partition' },
};

/** The name that a parameter of CloudFormation has in Terraform, such as `lambda_timeout`. */
export const variableOf = (parameter: string): string =>
  pseudo[parameter] ??
  parameter
    .replace('EventBridge', 'Eventbridge')
    .replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase();

/** A text of a template in which Terraform sees neither an interpolation nor a directive. */
const literal = (text: string): string => text.replace(/[$%]\{/g, (found) => `${found[0]}${found}`);

/** The condition of a template as an expression of Terraform: a switch is a boolean there. */
export const expressionOf = (
  name: string,
  { conditions }: Pick<Sections, 'conditions'>,
): string => {
  const expression = (value: Json): string => {
    const [call, argument] = functionIn(objectOf(value)) ?? [];
    const items = isList(argument) ? argument : [];
    const { Condition } = objectOf(value);
    if (typeof Condition === 'string') return expressionOf(Condition, { conditions });
    if (call === 'Fn::And') return items.map(expression).join(' && ');
    if (call === 'Fn::Not') return `!(${expression(items[0] ?? null)})`;
    const [{ Ref }, other] = [objectOf(items[0]), items[1]];
    if (call !== 'Fn::Equals' || typeof Ref !== 'string' || typeof other !== 'string') {
      throw new Error(`No expression of Terraform stands for the condition ${name}`);
    }
    return other === 'on' ? variableOf(Ref) : `${variableOf(Ref)} == ${JSON.stringify(other)}`;
  };
  return expression(conditions[name] ?? null);
};

const noValue = (value: Json | undefined): boolean => objectOf(value)['Ref'] === 'AWS::NoValue';

/** The parts of a text that a function makes; the outer quotes are left out. */
const inText = (value: Json, sections: Sections): string => {
  if (!isObject(value)) return literal(JSON.stringify(String(value)).slice(1, -1));
  const [first = null, on = null, off = null] = isList(value['Fn::If']) ? value['Fn::If'] : [];
  if (first !== null) {
    const [whenOn, whenOff] = [inText(on, sections), inText(off, sections)];
    return `%{ if ${expressionOf(String(first), sections)} }${whenOn}%{ else }${whenOff}%{ endif }`;
  }
  const text = printed(value, sections);
  return text.startsWith('"') ? text.slice(1, -1) : text;
};

const inSub = (argument: Json, sections: Sections): string => {
  const [text, variables] = isList(argument) ? argument : [argument, {}];
  const [before = '', ...others] = String(text).split('${');
  const variable = (part: string): string => {
    const end = part.indexOf('}');
    const [name, after] = [part.slice(0, end), part.slice(end + 1)];
    if (name.startsWith('!')) return inText(`\${${name.slice(1)}}${after}`, sections);
    const [id = '', attribute] = name.split('.');
    const call = attribute === undefined ? { Ref: id } : { 'Fn::GetAtt': [id, attribute] };
    const value = objectOf(variables)[name] ?? call;
    return `${inText(value, sections)}${inText(after, sections)}`;
  };
  return `${inText(before, sections)}${others.map(variable).join('')}`;
};

const ofCall = (name: string, argument: Json, sections: Sections): string => {
  const { references } = sections;
  const [first = null, second = null, third = null] = isList(argument) ? argument : [];
  switch (name) {
    case 'Ref': {
      const found = references.ref(String(argument));
      if (found !== undefined) return printed(found, sections);
      return `"\${${variableOf(String(argument))}}"`;
    }
    case 'Fn::GetAtt':
      return printed(references.attribute(String(first), String(second)), sections);
    case 'Fn::ImportValue': {
      const text = isObject(argument) ? JSON.stringify(argument) : String(argument);
      return printed(references.imported(text), sections);
    }
    case 'Fn::Sub':
      return `"${inSub(argument, sections)}"`;
    case 'Fn::Join': {
      const separator = inText(first, sections);
      const items = isList(second) ? second : [];
      return `"${items.map((item) => inText(item, sections)).join(separator)}"`;
    }
    case 'Fn::Select': {
      // `bus|rule` is how CloudFormation refers to a rule. Terraform has the name of the rule.
      const split = objectOf(second)['Fn::Split'];
      const [separator, reference = null] = isList(split) ? split : [];
      if (first !== 1 && first !== '1') throw new Error(`No template selects item ${first}`);
      if (separator !== '|') throw new Error(`No template splits at ${separator}`);
      return printed(reference, sections);
    }
    case 'Fn::FindInMap':
      return `"\${tables.${String(first)}[${variableOf(String(first))}].${String(third)}}"`;
    case 'Fn::If': {
      const [on, off] = [printed(second, sections), printed(third, sections)];
      return `%{ if ${expressionOf(String(first), sections)} }${on}%{ else }${off}%{ endif }`;
    }
    default:
      throw new Error(`No template of Terraform stands for ${name}`);
  }
};

/**
 * JSON with the interpolations of Terraform's `templatefile` in the place of the functions of
 * CloudFormation.
 *
 * @throws {Error} for a function that no template of Terraform stands for
 */
export const printed = (value: Json, sections: Sections): string => {
  if (typeof value === 'string') return literal(JSON.stringify(value));
  if (isList(value)) return `[${value.map((item) => printed(item, sections)).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  if (noValue(value)) return 'null';
  const call = functionIn(value);
  if (call) return ofCall(...call, sections);
  const entries = Object.entries(value).map(
    ([name, inner]) => `${literal(JSON.stringify(name))}: ${printed(inner, sections)}`,
  );
  return `{${entries.join(', ')}}`;
};
