import type { Conditions } from './resource-call.ts';

/** An action on the ARNs that it takes, under conditions. */
export type Need = {
  readonly action: string;
  readonly resources: readonly string[];
  readonly when?: Conditions | undefined;
};

/** One statement of a policy of IAM. */
export type PolicyStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Conditions;
};

/** A policy of IAM. */
export type Policy = {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
};

/** Characters of a managed policy without white space (quotas of IAM). */
export const policyCharactersMax = 6_144;

const keyOf = ({ resources, when }: Need): string => JSON.stringify([resources, when ?? {}]);

const inCapitals = (...words: readonly string[]): string =>
  words
    .flatMap((word) => word.split(/\W+/))
    .map((word) => word.replace(/^./, (letter) => letter.toUpperCase()))
    .join('');

/**
 * The name of a statement: the service and the kind of its resource, and the first value of its
 * condition, such as `IamRoleLambda`.
 */
const sidOf = ({ resources: [arn = ''], when = {} }: Need, taken: ReadonlySet<string>): string => {
  const [, , service = '', , , resource = ''] = arn.split(':');
  const [kind = ''] = service === 's3' ? ['object'] : resource.split(/[/*{]/);
  const [value = ''] = Object.values(when).flatMap((keys) => Object.values(keys).flat());
  const [condition = ''] = value.startsWith('arn:') ? ['managed'] : value.split('.');
  const base = arn === '*' ? 'Everything' : inCapitals(service, kind, condition);
  let sid = base;
  for (let number = 2; taken.has(sid); number += 1) sid = `${base}${number}`;
  return sid;
};

/** The statements that allow all needs and nothing else: one for the same resources. */
export const statementsFor = (needs: readonly Need[]): readonly PolicyStatement[] => {
  const taken = new Set<string>();
  return [...Map.groupBy(needs, keyOf)]
    .toSorted(([one], [two]) => (one < two ? -1 : 1))
    .map(([, same]) => {
      const [first = { action: '', resources: [] }] = same;
      const { resources, when } = first;
      const Action = [...new Set(same.map(({ action }) => action))].toSorted();
      const Sid = sidOf(first, taken);
      taken.add(Sid);
      const statement = { Sid, Effect: 'Allow', Action, Resource: resources } as const;
      return when ? { ...statement, Condition: when } : statement;
    });
};

/** The characters that count against {@link policyCharactersMax}. */
export const lengthOf = (policy: Policy): number => JSON.stringify(policy).length;

/** The statements as policies, each as full as IAM lets it be. */
export const policiesOf = (statements: readonly PolicyStatement[]): readonly Policy[] => {
  const policies: Policy[] = [];
  for (const statement of statements) {
    const last = policies.at(-1);
    const longer: Policy = {
      Version: '2012-10-17',
      Statement: [...(last?.Statement ?? []), statement],
    };
    if (last && lengthOf(longer) <= policyCharactersMax) policies[policies.length - 1] = longer;
    else policies.push({ Version: '2012-10-17', Statement: [statement] });
  }
  return policies;
};
