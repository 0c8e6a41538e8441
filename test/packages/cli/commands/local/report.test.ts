import { expect, it } from 'vitest';
import {
  printDeployCommand,
  printRegions,
} from '../../../../../packages/cli/src/commands/local/report.ts';
import type { LocalStack } from '../../../../../packages/cli/src/local/stack/local-stack.ts';

const stackWith = (functions: readonly string[]) => {
  const region = {
    region: 'us-east-1',
    url: 'http://127.0.0.1:4100',
    functions: new Map(functions.map((name) => [name, {}])),
    functionUrls: new Map(),
  };
  return { regions: [region] } as unknown as LocalStack;
};

const printed = (run: (print: (line: string) => void) => void): readonly string[] => {
  const lines: string[] = [];
  run((line) => lines.push(line));
  return lines;
};

it('names the functions of a Region, and has no line for them where there are none', () => {
  const lines = (functions: readonly string[]) =>
    printed((print) => printRegions(stackWith(functions), print));
  expect(lines(['api', 'relay']).at(-1)).toMatch(/^ {2}functions +api, relay$/);
  expect(lines([]).at(-1)).toContain('http://127.0.0.1:4100');
});

it('deploys to the first Region of an empty stack by its printed command', () => {
  const [, , command] = printed((print) => printDeployCommand(stackWith([]), print));
  expect(command).toMatch(
    /^AWS_ENDPOINT_URL=http:\/\/localhost:4100 AWS_REGION=us-east-1 .*npx cdk deploy --all$/,
  );
});
