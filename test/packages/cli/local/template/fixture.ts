import {
  readTemplate,
  type StackTemplate,
} from '../../../../../packages/cli/src/local/template/assembly.ts';
import type { JsonObject } from '../../../../../packages/cli/src/local/template/json.ts';
import {
  createModel,
  type TemplateModel,
} from '../../../../../packages/cli/src/local/template/model.ts';

/**
 * A stack out of a template; its functions' code lies nowhere, under the key that `codeKey` names.
 */
export const stack = (name: string, region: string, template: JsonObject): StackTemplate => ({
  name,
  region,
  template: readTemplate(template),
  assets: new Map([[codeKey, '/nowhere']]),
});

/** The object key of the only asset. */
export const codeKey = 'code.zip';

export const endpoints = (region: string) => ({
  http: `http://${region}.test:4510`,
  dsql: `localhost:${region === 'us-east-1' ? 5432 : 5433}`,
});

/** A model of stacks whose custom resources answer with their own names. */
export const model = (
  stacks: readonly StackTemplate[],
  ignoredTypes: readonly string[] = [],
): TemplateModel =>
  createModel({
    assembly: { directory: '/nowhere', stacks },
    endpoints,
    customResource: (stackName, logicalId) => ({
      ref: `${stackName}:${logicalId}`,
      attribute: (attribute) => `${logicalId}.${attribute}`,
    }),
    ignoredTypes,
  });
