import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { knownTypes } from '../../../../../../packages/cli/src/local/template/identities.ts';
import {
  formatSpecification,
  generateSpecification,
  specificationFile,
} from '../../../../../../packages/cli/src/local/template/validation/generator/generate.ts';
import { conditionalReplacements } from '../../../../../../packages/cli/src/local/template/validation/generator/service-spec.ts';
import {
  type PropertyRules,
  specification,
  type ValueRule,
} from '../../../../../../packages/cli/src/local/template/validation/specification.ts';
import { ambiguityOf } from '../../../../../arch/regex-ambiguity.ts';

const rulesIn = (rules: PropertyRules): readonly ValueRule[] =>
  Object.values(rules).flatMap((rule) => [rule, ...(rule.or ?? []), ...(rule.of ? [rule.of] : [])]);

const patterns = Object.entries(specification).flatMap(([type, { properties, definitions }]) =>
  [properties, ...Object.values(definitions)]
    .flatMap(rulesIn)
    .flatMap(({ pattern }) => (pattern === undefined ? [] : [[type, pattern] as const])),
);

describe('the specification', () => {
  // AWS's database of all types is read.
  it('is what the installed packages yield; `npm run specification` writes it', {
    timeout: 60_000,
  }, () => {
    expect(readFileSync(specificationFile, 'utf8')).toBe(
      formatSpecification(generateSpecification()),
    );
  });

  it('has every type that may be in a template, but the one that CDK writes of itself', () => {
    expect(knownTypes.filter((type) => !Object.hasOwn(specification, type))).toEqual([
      'AWS::CDK::Metadata',
    ]);
  });

  it('has no property whose value decides whether a resource is replaced', () => {
    expect(conditionalReplacements(Object.keys(specification))).toEqual([]);
    const subnet = ['AWS::EC2::Subnet Ipv6CidrBlock'];
    expect(conditionalReplacements(['AWS::EC2::Subnet'])).toEqual(subnet);
  });

  it('has properties, limits and definitions of each source', () => {
    const { properties, definitions, identifier } = specification['AWS::Lambda::Function'] ?? {};
    expect(identifier).toEqual(['FunctionName']);
    expect(properties?.['Timeout']).toEqual({ type: 'integer', min: 1, max: 900 });
    expect(properties?.['Layers']).toEqual({ type: 'list', of: { type: 'string' } });
    expect(properties?.['Code']).toEqual({ type: 'object', definition: 'Code', required: true });
    expect(definitions?.['EphemeralStorage']).toEqual({
      Size: { type: 'integer', required: true, min: 512, max: 10_240 },
    });
  });
});

describe("AWS's patterns", () => {
  it('are many', () => {
    expect(patterns.length).toBeGreaterThan(50);
  });

  it.each(patterns)('of %s take no exponential time: %s', (_, pattern) => {
    const flags = pattern.includes('\\p{') ? 'u' : '';
    expect(ambiguityOf(`^(?:${pattern})$`, flags)?.growth).not.toBe('exponential');
  });
});
