import { quote, shellWord } from 'antipode-local-dsql/process';
import type { Example } from '../../local/scenario.ts';

/** The addresses of a Region in this run. */
export type ExampleRegion = {
  readonly url: string;
  readonly functionUrls: ReadonlyMap<string, string>;
};

const commandOf = (example: Example, { url, functionUrls }: ExampleRegion): string => {
  const target = `--endpoint-url ${url}`;
  switch (example.kind) {
    case 'invoke':
      return `aws lambda invoke ${target} --function-name ${example.functionName} --payload ${quote(example.payload)} out.json && cat out.json`;
    case 'put-events':
      return `aws events put-events ${target} --entries ${quote(example.entries)}`;
    case 'http': {
      const { functionName, path = '/', body } = example;
      const base = functionUrls.get(functionName) ?? url;
      const address = `${base.replace(/\/$/, '')}${path}`;
      return `curl -s ${shellWord(address)}${body === undefined ? '' : ` -H 'content-type: application/json' -d ${quote(body)}`}`;
    }
  }
};

/** The lines that show an example: a comment and the command. */
export const exampleLines = (
  example: Example,
  regions: { readonly primary: ExampleRegion; readonly secondary: ExampleRegion },
): readonly string[] => [`# ${example.title}`, commandOf(example, regions[example.in]), ''];

/**
 * A configuration for the `aws` command: keys that mean nothing, and payloads as they are written.
 *
 * Version 2 reads payloads as base64 unless told; version 1 knows only the other way.
 */
export const awsConfig = (region: string): string => `[default]
region = ${region}
aws_access_key_id = local
aws_secret_access_key = local
cli_binary_format = raw-in-base64-out
cli_pager =
`;
