import type { Assembly, StackTemplate, Template } from '../assembly.ts';
import { nearestProperty } from './nearest-property.ts';

/**
 * Sections that a template may have. Those that nothing here reads do not change what runs. A
 * template with `Transform` is refused further below.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
 */
const sectionNames: readonly string[] = [
  ...['AWSTemplateFormatVersion', 'Description', 'Metadata', 'Parameters', 'Rules', 'Mappings'],
  ...['Conditions', 'Transform', 'Resources', 'Outputs', 'Hooks'],
];

/**
 * @see
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-product-attribute-reference.html
 */
const attributeNames: readonly string[] = [
  ...['Type', 'Properties', 'DependsOn', 'Condition', 'Metadata', 'DeletionPolicy'],
  ...['CreationPolicy', 'UpdatePolicy', 'UpdateReplacePolicy'],
];

/**
 * @see
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
 */
const logicalId = /^[A-Za-z0-9]{1,255}$/;

const attributeKinds: Readonly<Record<string, string>> = {
  Type: 'a text',
  Properties: 'an object',
  DependsOn: 'a logical id or a list of them',
  Condition: 'the name of a condition',
};

const unknownNames = (
  place: string,
  kind: string,
  given: readonly string[],
  known: readonly string[],
): readonly string[] =>
  given
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearestProperty(name, known);
      return `${place}: there is no ${kind} ${name}${meant ? `; did you mean ${meant}?` : ''}`;
    });

const resourceProblems = (stack: string, { resources }: Template): readonly string[] =>
  [...resources].flatMap(([id, { attributes, dependsOn, malformed, type }]) => [
    ...(logicalId.test(id)
      ? []
      : [`${stack}/${id}: a logical id has letters and digits only, at most 255`]),
    ...(type === '' ? [`${stack}/${id}: Type is missing`] : []),
    ...malformed.map((name) => `${stack}/${id}: ${name} must be ${attributeKinds[name]}`),
    ...unknownNames(`${stack}/${id}`, 'attribute', attributes, attributeNames),
    ...dependsOn
      .filter((other) => !resources.has(other))
      .map((other) => `${stack}/${id}: DependsOn names ${other}, which is not in the template`),
  ]);

const templateProblems = ({ name, template }: StackTemplate): readonly string[] => [
  ...[
    ...unknownNames(name, 'section', template.sections, sectionNames),
    ...resourceProblems(name, template),
  ].map((problem) => `will fail in AWS: ${problem}`),
  ...(template.sections.includes('Transform')
    ? [`${name}: Transform does not run here; synthesize what it would make`]
    : []),
];

/**
 * Problems for which CloudFormation refuses a template before it looks at a property, and macros,
 * which would not run here.
 */
export const structureProblems = ({ stacks }: Assembly): readonly string[] =>
  stacks.flatMap(templateProblems);
