import { shellWord } from 'antipode-local-dsql/process';
import type { PortFolder } from 'antipode-local-dsql/runs';
import { consolePath } from '../../local/console/index.ts';
import type { EventBridgeObserver } from '../../local/eventbridge/index.ts';
import type { Scenario } from '../../local/scenario.ts';
import type { LocalStack } from '../../local/stack/local-stack.ts';
import { awsConfig, exampleLines } from './examples.ts';

type Print = (line: string) => void;

/** The app may be in one Region only. */
const roles = ['primary', 'secondary'];

/** Seconds since the process started. */
export const elapsedSeconds = (): string => `${(performance.now() / 1000).toFixed(1)} s`;

/** Prints the addresses of each Region. */
export const printRegions = (stack: LocalStack, print: Print): void => {
  stack.regions.forEach(({ region, url, dsqlEndpoint, functions, functionUrls }, index) => {
    print('');
    print(`${region} (${roles[index] ?? 'further'})`);
    print(`  Lambda, EventBridge, SQS   ${url}`);
    if (index === 0) print(`  console, in a browser      ${url}${consolePath}`);
    if (dsqlEndpoint !== undefined) print(`  DSQL                       ${dsqlEndpoint}`);
    for (const [name, address] of functionUrls) print(`  ${name.padEnd(25)}  ${address}`);
    if (functions.size > 0) {
      print(`  functions                  ${[...functions.keys()].join(', ')}`);
    }
  });
};

/** Prints how to deploy to a stack that waits for it. */
export const printDeployCommand = ({ regions: [primary] }: LocalStack, print: Print): void => {
  if (!primary) return;
  const { port } = new URL(primary.url);
  print('');
  print('# Deploys the app of a folder to both Regions:');
  // The CDK reads an address as that of a bucket unless its host is a name.
  print(
    `AWS_ENDPOINT_URL=http://localhost:${port} AWS_REGION=${primary.region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local npx cdk deploy --all`,
  );
};

/**
 * Prints what to copy into a shell, and writes the configuration that the `aws` command needs for
 * it.
 */
export const printExamples = (
  { regions: [primary, secondary = primary] }: LocalStack,
  { examples }: Scenario,
  folder: PortFolder,
  print: Print,
): void => {
  if (!primary || !secondary) return;
  print('');
  print('Commands to copy:');
  print('');
  const file = folder.write('aws-config', awsConfig(primary.region));
  // A profile of the shell's own would be looked for in this file.
  print(`export AWS_CONFIG_FILE=${shellWord(file)} AWS_PROFILE=default`);
  print('');
  for (const example of examples) exampleLines(example, { primary, secondary }).forEach(print);
};

/** Prints which events did not get where they should: nothing is lost in silence. */
export const eventAlarms = (region: string, print: Print): EventBridgeObserver => ({
  deadLettered: ({ description }, { code, message }) =>
    print(`  ${region}: ${description} went to its dead-letter queue: ${code} ${message}`),
  dropped: (description, reason) => print(`  ${region}: ${description} is lost: ${reason}`),
});
