import { inDependencyOrder } from '../dependency-order.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { TemplateFormatError } from './template-format-error.ts';

/** The conditions that an expression names. */
const conditionsIn = (value: Json | undefined): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(conditionsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Condition' && typeof inner === 'string') return [inner];
    const [chosen] = key === 'Fn::If' && Array.isArray(inner) ? inner : [];
    return [...(typeof chosen === 'string' ? [chosen] : []), ...conditionsIn(inner)];
  });
};

/**
 * Refuses conditions that need each other: no order evaluates them.
 *
 * @throws {TemplateFormatError}
 */
export const refuseConditionCircles = (conditions: JsonObject): void => {
  const dependenciesOf = (name: string) =>
    Object.hasOwn(conditions, name) ? conditionsIn(conditions[name]) : [];
  try {
    inDependencyOrder(Object.keys(conditions), dependenciesOf);
  } catch (cause) {
    throw new TemplateFormatError(
      `Template format error: conditions: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
};
