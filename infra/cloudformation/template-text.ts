import { functionIn, isList, isObject, type Json, type JsonObject } from './json.ts';

/** A part of a text: as it stands, or a function that gives it. */
type Part = string | JsonObject;

/**
 * The functions that stand for texts in a template. A text that contains one of them is written
 * with the function in its place.
 */
export type Stands = ReadonlyMap<string, JsonObject>;

/** A text as a pattern; a number stands for itself only where it is not a part of a hash. */
const patternOf = (text: string): string =>
  /^\d+$/.test(text)
    ? `(?<![0-9A-Za-z])${text}(?![0-9A-Za-z])`
    : text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const partsOfText = (text: string, stands: Stands): readonly Part[] => {
  if (stands.size === 0) return [text];
  const pattern = new RegExp([...stands.keys()].map(patternOf).join('|'), 'g');
  const parts: Part[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    parts.push(text.slice(from, index), stands.get(found) ?? found);
    from = index + found.length;
  }
  return [...parts, text.slice(from)].filter((part) => part !== '');
};

/** How `Fn::Sub` names a value by itself; `undefined` where the value needs a variable. */
const nameInSub = (value: JsonObject): string | undefined => {
  const [name, argument] = functionIn(value) ?? [];
  if (name === 'Ref') return String(argument);
  return name === 'Fn::GetAtt' && isList(argument) && argument.every((id) => typeof id === 'string')
    ? argument.join('.')
    : undefined;
};

/** The shortest function of CloudFormation that gives a text of these parts. */
const written = (parts: readonly Part[]): Json => {
  const [only, ...others] = parts;
  if (only === undefined) return '';
  if (others.length === 0) return only;
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  const variables: Record<string, Json> = {};
  const variableOf = (value: JsonObject): string => {
    const same = Object.entries(variables).find(
      ([, other]) => JSON.stringify(other) === JSON.stringify(value),
    );
    if (same) return same[0];
    const name = `Value${Object.keys(variables).length + 1}`;
    variables[name] = value;
    return name;
  };
  const text = parts
    .map((part) =>
      typeof part === 'string'
        ? part.replaceAll('${', '${!')
        : `\${${nameInSub(part) ?? variableOf(part)}}`,
    )
    .join('');
  return { 'Fn::Sub': Object.keys(variables).length === 0 ? text : [text, variables] };
};

/** A text of `Fn::Sub`, whose own variables stay. */
const inSub = (text: string, stands: Stands): Json => {
  const parts = partsOfText(text, stands).map((part) =>
    typeof part === 'string' ? part : `\${${nameInSub(part) ?? refuse(text)}}`,
  );
  return { 'Fn::Sub': parts.join('') };
};

const refuse = (text: string): never => {
  throw new Error(`The text ${text} of Fn::Sub would need a second function`);
};

const partsOfJoin = (items: readonly Json[], stands: Stands): readonly Part[] =>
  items.flatMap((item): readonly Part[] => {
    if (typeof item === 'string') return partsOfText(item, stands);
    const value = withFunctions(item, stands);
    return isObject(value) ? [value] : [String(value)];
  });

/**
 * A value of a template with functions in the place of the texts that stand for them. Joined texts
 * become one `Fn::Sub`, which is shorter to read.
 *
 * @throws {Error} for a name of a property that would need a function
 */
export const withFunctions = (value: Json, stands: Stands): Json => {
  if (typeof value === 'string') return written(partsOfText(value, stands));
  if (typeof value === 'number') return stands.get(String(value)) ?? value;
  if (isList(value)) return value.map((item) => withFunctions(item, stands));
  if (!isObject(value)) return value;
  const [name, argument] = functionIn(value) ?? [];
  if (name === 'Fn::Sub' && typeof argument === 'string') return inSub(argument, stands);
  const join = value['Fn::Join'];
  if (isList(join) && join[0] === '' && isList(join[1])) {
    return written(partsOfJoin(join[1], stands));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (partsOfText(name, stands).some((part) => typeof part !== 'string')) {
        throw new Error(`The name ${name} in a template would need a parameter`);
      }
      return [name, withFunctions(inner, stands)];
    }),
  );
};
