/**
 * Writes the rules by which the local stack judges templates: `npm run specification`.
 *
 * The properties come from `@aws-cdk/aws-service-spec`, the limits of their values from AWS's
 * registry schemas.
 */
import { writeFileSync } from 'node:fs';
import { knownTypes } from '../../identities.ts';
import type { PropertyRule, PropertyRules, Specification, ValueRule } from '../specification.ts';
import { additions } from './additions.ts';
import { type Constraints, readConstraints } from './constraints.ts';
import { readServiceSpec } from './service-spec.ts';

/** The only type that AWS's database lacks. CDK adds it for its own statistics. */
const unspecified = 'AWS::CDK::Metadata';

/**
 * AWS's own patterns are Java's. Of their syntax, JavaScript lacks only `\Z`, the end of the text.
 */
const translated = ({ pattern, ...others }: Constraints): Constraints =>
  pattern === undefined ? others : { ...others, pattern: pattern.replaceAll('\\Z', '$') };

/**
 * Leaves out limits without an effect, and patterns of values that are no text: the pattern of a
 * list is meant for its items.
 */
const meaningful = (
  rule: ValueRule,
  { itemValues, lengthMin, pattern, ...others }: Constraints,
) => ({
  ...others,
  ...(itemValues && rule.of && { of: { ...rule.of, values: itemValues } }),
  ...(lengthMin !== undefined && lengthMin > 0 && { lengthMin }),
  ...(pattern !== undefined && rule.type === 'string' && { pattern }),
});

/** The limits that were added by hand, by the property as the registry's schemas write it. */
const added = (type: string): ReadonlyMap<string, Constraints> =>
  new Map(
    (additions[type] ?? [])
      .flatMap(({ limits }) => Object.entries(limits))
      .map(([name, limits]) => [name.includes('.') ? name : `.${name}`, limits]),
  );

/**
 * The limits of the registry and the additions. An addition to a limit that the registry has is
 * refused.
 */
const combined = (type: string): ReadonlyMap<string, Constraints> => {
  const all = new Map(readConstraints(type));
  for (const [name, limits] of added(type)) {
    const known = all.get(name) ?? {};
    const needless = Object.keys(limits).filter((limit) => limit in known);
    if (needless.length > 0) {
      throw new Error(`${type}${name}: the registry has ${needless}; remove it from the additions`);
    }
    all.set(name, { ...known, ...limits });
  }
  return all;
};

const withLimits = (
  properties: PropertyRules,
  limitsOf: (name: string) => Constraints | undefined,
): PropertyRules =>
  Object.fromEntries(
    Object.entries(properties).map(([name, rule]): [string, PropertyRule] => {
      const limits = limitsOf(name);
      return [name, limits ? { ...rule, ...meaningful(rule, translated(limits)) } : rule];
    }),
  );

/**
 * The rules for every type that the local stack knows.
 *
 * @throws {Error} for an addition to a property that does not exist, or to a limit that the
 * registry has.
 */
export const generateSpecification = (): Specification =>
  Object.fromEntries(
    readServiceSpec(knownTypes.filter((type) => type !== unspecified).sort()).map(
      ([type, specification]) => {
        const limits = combined(type);
        const used = new Set<string>();
        const take = (name: string) => {
          used.add(name);
          return limits.get(name);
        };
        const properties = withLimits(specification.properties, (name) => take(`.${name}`));
        const definitions = Object.fromEntries(
          Object.entries(specification.definitions).map(([definition, its]) => [
            definition,
            withLimits(its, (name) => take(`${definition}.${name}`)),
          ]),
        );
        const lost = [...added(type).keys()].filter((name) => !used.has(name));
        if (lost.length > 0) throw new Error(`${type} has no ${lost}; correct the additions`);
        return [type, { ...specification, properties, definitions }];
      },
    ),
  );

/** A property on each line, so that a change of the packages can be reviewed. */
export const formatSpecification = (specification: Specification): string => {
  const block = (entries: readonly string[], indent: string): string =>
    entries.length === 0
      ? '{}'
      : `{\n${entries.map((entry) => `${indent}  ${entry}`).join(',\n')}\n${indent}}`;
  const lines = (value: object): readonly string[] =>
    Object.entries(value).map(([name, rule]) => `${JSON.stringify(name)}: ${JSON.stringify(rule)}`);
  const types = Object.entries(specification).map(
    ([type, { properties, definitions, ...others }]) => {
      const nested = Object.entries(definitions).map(
        ([name, rules]) => `${JSON.stringify(name)}: ${block(lines(rules), '      ')}`,
      );
      const parts = [
        ...lines(others),
        `"properties": ${block(lines(properties), '    ')}`,
        `"definitions": ${block(nested, '    ')}`,
      ];
      return `${JSON.stringify(type)}: ${block(parts, '  ')}`;
    },
  );
  return `${block(types, '')}\n`;
};

/** The file of the rules. */
export const specificationFile = new URL('../specification.json', import.meta.url);

if (import.meta.main) {
  writeFileSync(specificationFile, formatSpecification(generateSpecification()));
}
