import { readFileSync } from 'node:fs';
import { type Evaluate, type Language, parseExpression } from './expression.ts';
import { functions } from './functions.ts';
import { parseTemplate as parseParts } from './template.ts';

/** Parses a template of Terraform. */
export const parseTemplate = (source: string): Evaluate =>
  parseParts(source, (expression) => parseExpression(expression, language));

const language: Language = {
  parseTemplate,
  functions: {
    ...functions,
    templatefile: (path: string, values: Readonly<Record<string, unknown>>) =>
      parseTemplate(readFileSync(path, 'utf8'))((name) => {
        if (!Object.hasOwn(values, name)) throw new Error(`The template has no value ${name}`);
        return values[name];
      }),
  },
};
