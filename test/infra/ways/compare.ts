import type { Json } from '../../../packages/cli/src/local/template/json.ts';
import type { System } from './system.ts';

/** A place where a way of deploying differs from the CDK app. */
export type Difference = {
  /** Part, resource and path of the property, such as `primary/ApiFunction.properties.Timeout`. */
  readonly where: string;
  /** The value of the CDK app, `undefined` where it has none. */
  readonly source: Json | undefined;
  /** The value of the other way. */
  readonly way: Json | undefined;
};

/** A difference that is meant, and why. */
export type IntendedDifference = {
  readonly where: RegExp;
  readonly reason: string;
  /** The value of the other way; any other one is no intended difference. */
  readonly as: (source: Json | undefined) => Json | undefined;
};

/** Every difference of two values, property by property. */
export const differences = (
  where: string,
  source: unknown,
  way: unknown,
): readonly Difference[] => {
  if (source === way) return [];
  const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null;
  if (!isTree(source) || !isTree(way) || Array.isArray(source) !== Array.isArray(way)) {
    return [{ where, source: source as Json | undefined, way: way as Json | undefined }];
  }
  const names = new Set([...Object.keys(source), ...Object.keys(way)]);
  return [...names].flatMap((name) => differences(`${where}.${name}`, source[name], way[name]));
};

/** Every difference of two systems, resource by resource and property by property. */
export const compare = (source: System, way: System): readonly Difference[] =>
  (['resources', 'outputs'] as const).flatMap((kind) => {
    const keys = new Set([...Object.keys(source[kind]), ...Object.keys(way[kind])]);
    return [...keys].flatMap((key) =>
      differences(`${kind} ${key}`, source[kind][key], way[kind][key]),
    );
  });

const isMeant = ({ where, source, way }: Difference, meant: IntendedDifference): boolean =>
  meant.where.test(where) && JSON.stringify(meant.as(source)) === JSON.stringify(way);

/**
 * A line for each difference that nobody meant.
 *
 * @param place where the way that lacks the change is written
 */
export const unintended = (
  found: readonly Difference[],
  intended: readonly IntendedDifference[],
  place: string,
): readonly string[] =>
  found
    .filter((one) => !intended.some((meant) => isMeant(one, meant)))
    .map(
      ({ where, source, way }) =>
        `${where} is ${JSON.stringify(way)}, and ${JSON.stringify(source)} in the CDK app: change ${place}, or list the difference with its reason`,
    );

/** The intended differences that are none any more. */
export const outdated = (
  found: readonly Difference[],
  intended: readonly IntendedDifference[],
): readonly string[] =>
  intended
    .filter((meant) => !found.some((one) => isMeant(one, meant)))
    .map(({ where }) => where.source);
