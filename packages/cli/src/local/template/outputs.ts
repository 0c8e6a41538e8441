import type { Assembly, StackTemplate } from './assembly.ts';
import { resolveValue, type Scope } from './intrinsics.ts';
import { type Json, type JsonObject, objectOf } from './json.ts';
import { located } from './problems.ts';

/** A value that a stack exports to the others of its Region under a name. */
export type Export = {
  readonly stack: string;
  readonly region: string;
  readonly output: string;
  readonly name: string;
};

export interface Outputs {
  /** The outputs of each stack whose conditions hold. */
  readonly outputs: () => Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The outputs that are exported. */
  readonly exports: () => readonly Export[];
}

/**
 * Resolves outputs on demand.
 *
 * The functions of the result throw {@link TemplateProblems} for the first output that cannot be
 * resolved.
 */
export const createOutputs = (
  { stacks }: Assembly,
  scopeOf: (stack: StackTemplate) => Scope,
): Outputs => {
  const holds = (stack: StackTemplate, condition: Json | undefined): boolean =>
    typeof condition === 'string' ? scopeOf(stack).condition(condition) : condition === undefined;
  const present = (stack: StackTemplate): readonly (readonly [string, JsonObject])[] =>
    located(stack.name, () =>
      Object.entries(stack.template.outputs)
        .map(([name, output]) => [name, objectOf(output)] as const)
        .filter(([, { Condition }]) => holds(stack, Condition)),
    );
  const text = (stack: StackTemplate, output: string, value: Json): string =>
    located(`${stack.name}/${output}`, () => String(resolveValue(value, scopeOf(stack))));
  return {
    outputs: () =>
      Object.fromEntries(
        stacks.map((stack) => [
          stack.name,
          Object.fromEntries(
            present(stack).map(([name, { Value }]) => [name, text(stack, name, Value ?? null)]),
          ),
        ]),
      ),
    exports: () =>
      stacks.flatMap((stack) =>
        present(stack).flatMap(([output, declaration]) => {
          const { Name } = objectOf(declaration['Export']);
          const { name, region } = stack;
          return Name === undefined
            ? []
            : [{ stack: name, region, output, name: text(stack, output, Name) }];
        }),
      ),
  };
};
