import { readTemplate, type StackTemplate, type Template } from '../../template/assembly.ts';
import type { RegionEndpoints } from '../../template/identities.ts';
import { type JsonObject, objectOf, ownOf, stringOf } from '../../template/json.ts';
import { createModel, type TemplateModel } from '../../template/model.ts';
import type { Answer } from '../../template/scope.ts';
import { parseTemplateText } from '../../template/text/parse-template.ts';
import { TemplateFormatError } from '../../template/text/template-format-error.ts';
import type { StackOutput } from '../deployments.ts';
import { refuse } from '../errors.ts';
import { referencedValues } from './parameters.ts';
import type { StackContent, StackRecord } from './stack-record.ts';
import type { StackStore } from './store.ts';

/** The outputs that the text of a template declares; none for the text of a stack without one. */
export const parsedOutputs = (text: string): JsonObject =>
  text === '' ? {} : objectOf(parseTemplate(text)['Outputs']);

/**
 * Reads the text of a template.
 *
 * @throws {DeploymentError} `ValidationError` for a text that CloudFormation refuses.
 */
export const parseTemplate = (text: string): JsonObject => {
  try {
    return parseTemplateText(text);
  } catch (error) {
    if (error instanceof TemplateFormatError) return refuse(error.message);
    throw error;
  }
};

/** A stack as its new content describes it. */
export type Target = {
  readonly content: StackContent;
  readonly document: JsonObject;
  readonly template: Template;
};

export const targetOf = (content: StackContent): Target => {
  const document = parseTemplate(content.template);
  return { content, document, template: readTemplate(document) };
};

export type StackModelOptions = {
  readonly store: StackStore;
  readonly record: Pick<StackRecord, 'id' | 'name' | 'region'>;
  readonly target: Target;
  readonly endpoints: (region: string) => RegionEndpoints;
  readonly ignoredTypes: readonly string[];
  readonly deployed: (logicalId: string) => Answer | undefined;
  readonly generation: (logicalId: string) => number;
  readonly customResource: (logicalId: string) => Answer;
};

/** A template that is resolved against what has been deployed. */
export type StackModel = {
  readonly stack: StackTemplate;
  readonly model: TemplateModel;
  /** @throws {TemplateProblems} for one that cannot be resolved. */
  readonly outputs: () => readonly StackOutput[];
  /** The exports that have been read so far. */
  readonly imports: () => readonly string[];
};

/** The functions of a stack's template resolve against the other stacks as they are now. */
export const createStackModel = (options: StackModelOptions): StackModel => {
  const { store, record, target, endpoints, ignoredTypes } = options;
  const { id, name, region } = record;
  const { parameters } = target.template;
  const stack: StackTemplate = {
    ...{ id, name, region },
    template: target.template,
    parameters: referencedValues(parameters, target.content.parameters),
    assets: new Map(),
  };
  const imports = new Set<string>();
  const model = createModel({
    assembly: { directory: '', stacks: [stack] },
    endpoints,
    ignoredTypes,
    customResource: (_, logicalId) => options.customResource(logicalId),
    deployed: (_, logicalId) => options.deployed(logicalId),
    generation: (_, logicalId) => options.generation(logicalId),
    elsewhere: store.elsewhere(id, (exportName) => imports.add(exportName)),
  });
  return {
    stack,
    model,
    imports: () => [...imports],
    outputs: () => {
      const values = model.outputs()[name] ?? {};
      const exported = new Map(model.exports().map((one) => [one.output, one.name]));
      return Object.entries(values).map(([key, value]) => {
        const declaration = objectOf(ownOf(target.template.outputs, key));
        const description = stringOf(declaration['Description']);
        const exportName = exported.get(key);
        return {
          ...{ key, value },
          ...(description !== undefined && { description }),
          ...(exportName !== undefined && { exportName }),
        };
      });
    },
  };
};
