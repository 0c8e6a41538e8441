import { join } from 'node:path';
import { carriedIn, type Statement } from '../../../infra/nag/rules/statements.ts';
import type { DeclaredService } from '../../../src/domain/kernel/index.ts';
import { type Configuration, configurations } from './configurations.ts';
import { placeholderApp } from './placeholder-app.ts';
import {
  allowList,
  at,
  listOf,
  ofType,
  permissions,
  type Template,
  textOf,
  trusts,
} from './template.ts';

/** A reason for each line, by the stack and by the role or resource that has it. */
export type Reasons = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

/** The reviewed file of a service: its grants by the configuration that brings them. */
export type ReviewedGrants = Readonly<Record<string, Reasons>>;

const withoutHashes = (text: string): string =>
  text.replaceAll(/\$\{([\w:]+?)(?:[0-9A-F]{8})?(\.\w+)?\}/g, '$1$2');

/** The functions of CloudFormation in a value, each as its readable text. */
const readable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const isIntrinsic = entries.some(([name]) => name === 'Ref' || name.startsWith('Fn::'));
  return isIntrinsic
    ? textOf(value)
    : Object.fromEntries(entries.map(([name, part]) => [name, readable(part)]));
};

const conditionText = (condition: unknown): string =>
  condition === undefined ? '' : ` if ${JSON.stringify(readable(condition))}`;

const principalText = (principal: unknown): string =>
  listOf(typeof principal === 'string' ? principal : Object.values(Object(principal)))
    .flatMap(listOf)
    .map(textOf)
    .join(', ');

const carriedLines = (statement: Statement): readonly string[] => {
  const { allows, actions, resources, condition, principal } = statement;
  const who = `${allows ? '' : 'Deny '}${principalText(principal)}`;
  return actions.map(
    (action) =>
      `${who}: ${action} on ${withoutHashes(resources.join(', '))}${conditionText(condition)}`,
  );
};

const trustLines = (trust: unknown): readonly string[] =>
  listOf(trust).map(
    (one) =>
      `${at(one, 'Effect') === 'Deny' ? 'never ' : ''}taken by ${principalText(at(one, 'Principal'))}${conditionText(at(one, 'Condition'))}`,
  );

/** The lines of a template by the role or the resource that has them. */
const linesOf = (template: Template): ReadonlyMap<string, readonly string[]> => {
  const lines = new Map<string, string[]>();
  const add = (holder: string, ...added: readonly string[]) =>
    lines.set(holder, [...(lines.get(holder) ?? []), ...added]);
  for (const [role, trust] of Object.entries(trusts(template))) {
    add(role, ...trustLines(trust));
  }
  for (const [role, granted] of Object.entries(permissions(template))) {
    add(role, ...allowList(granted));
  }
  for (const { on, statement } of carriedIn(template)) {
    add(on.id.replace(/[0-9A-F]{8}$/, ''), ...carriedLines(statement));
  }
  for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Permission')) {
    const { Action, Principal, SourceArn, FunctionName } = Properties;
    const holder = textOf(FunctionName).replace(/\.Arn$/, '');
    add(holder, `${textOf(Principal)}: ${textOf(Action)} for ${textOf(SourceArn)}`);
  }
  return lines;
};

type Lines = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** The lines of one configuration, by the stack's name without prefixes, of the first Region. */
const linesWith = (
  service: DeclaredService,
  { environment, surroundings }: Configuration,
  folder: string,
): Lines => {
  const app = placeholderApp(service, {
    ...{ environment, folder },
    ...(surroundings && { surroundings }),
  });
  const stacks = app.synth().stacks.map(({ stackName, template }) => {
    const name = stackName.replace(`antipode-${service.name}-`, '');
    return [name, linesOf(template as Template)] as const;
  });
  return new Map(stacks.filter(([name]) => name !== 'secondary'));
};

const [defaults, everything] = [
  'the defaults',
  "every switch in a team's surroundings, unprotected",
].map((wanted) => configurations.find(({ name }) => name === wanted) as Configuration) as [
  Configuration,
  Configuration,
];

const reasoned = (
  lines: Lines,
  known: Reasons | undefined,
  isNew: (stack: string, holder: string, line: string) => boolean,
): Reasons => {
  const stacks = [...lines].map(([stack, holders]) => {
    const kept = [...holders].map(([holder, all]) => {
      const wanted = [...new Set(all)].filter((line) => isNew(stack, holder, line)).toSorted();
      const entries = wanted.map((line) => [line, known?.[stack]?.[holder]?.[line] ?? '']);
      return [holder, Object.fromEntries(entries) as Record<string, string>] as const;
    });
    const filled = kept.filter(([, reasons]) => Object.keys(reasons).length > 0);
    return [stack, Object.fromEntries(filled.toSorted(([one], [two]) => (one < two ? -1 : 1)))];
  });
  return Object.fromEntries(stacks) as Reasons;
};

/**
 * All grants of a service with the reasons that are known: those of the defaults, and those that
 * settings and surroundings add. A new line has an empty reason.
 *
 * @param folder receives the assemblies
 */
export const grantsOf = (
  service: DeclaredService,
  known: ReviewedGrants,
  folder: string,
): ReviewedGrants => {
  const first = linesWith(service, defaults, join(folder, 'defaults'));
  const all = linesWith(service, everything, join(folder, 'everything'));
  return {
    defaults: reasoned(first, known['defaults'], () => true),
    added: reasoned(
      all,
      known['added'],
      (stack, holder, line) => !first.get(stack)?.get(holder)?.includes(line),
    ),
  };
};

/** Words of a reason at least. */
const wordsMin = 4;

/** One line for each grant whose reason is missing, or cites no source for a `*`. */
export const missingReasons = (reviewed: ReviewedGrants): readonly string[] =>
  Object.values(reviewed).flatMap((stacks) =>
    Object.entries(stacks).flatMap(([stack, holders]) =>
      Object.entries(holders).flatMap(([holder, reasons]) =>
        Object.entries(reasons)
          .filter(([line, reason]) => {
            const isExplained = reason.trim().split(/\s+/).length >= wordsMin;
            const isWide = line.includes('*') && !line.startsWith('Deny');
            return !isExplained || (isWide && !/\([^)]+\)/.test(reason));
          })
          .map(([line]) => `${stack} ${holder}: ${line}`),
      ),
    ),
  );
