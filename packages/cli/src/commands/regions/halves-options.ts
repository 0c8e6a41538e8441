import type { ParseArgsConfig } from 'node:util';
import { defined } from 'antipode/internal/domain';
import { refuseEmpty, UsageError } from 'antipode-local-dsql/process';
import { type ServiceChoice, serviceChoice } from '../service/options.ts';
import type { HalvesChoice } from './service-halves.ts';

/** The options by which the other half of a service is found. */
export const peerDefinitions = {
  'peer-stack': { type: 'string' },
  'peer-region': { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** The lines of `--help` about {@link peerDefinitions}. */
export const peerHelp = `  --peer-stack NAME   the stack of the service in the other Region   (the output PeerStack)
  --peer-region NAME  its Region   (the output PeerRegion)`;

/** The packages that the commands about both Regions need in AWS. */
export const sdkPackages = [
  'cloudformation',
  'cloudwatch',
  'cloudwatch-logs',
  'dsql',
  'eventbridge',
  'lambda',
  'scheduler',
  'sqs',
].map((service) => `@aws-sdk/client-${service}`);

/** The lines of `--help` about {@link sdkPackages}. */
export const sdkHelp = `In AWS the credentials are those of the AWS SDK. These packages of @aws-sdk have to be installed:
client-cloudformation, client-cloudwatch, client-cloudwatch-logs, client-dsql, client-eventbridge, client-lambda,
client-scheduler, client-sqs.`;

/**
 * The stacks that the options name.
 *
 * @throws {UsageError} for an empty name, and for one half of the peer's name
 */
export const halvesChoice = (
  command: string,
  values: Parameters<typeof serviceChoice>[0] & {
    readonly 'peer-stack'?: string | undefined;
    readonly 'peer-region'?: string | undefined;
  },
): HalvesChoice => {
  const { 'peer-stack': stack, 'peer-region': region } = values;
  refuseEmpty(defined({ 'peer-stack': stack, 'peer-region': region }));
  const choice: ServiceChoice = serviceChoice(values);
  if (stack === undefined && region === undefined) return choice;
  if (stack !== undefined && region !== undefined) return { ...choice, peer: { stack, region } };
  throw new UsageError(`${command}: give --peer-stack and --peer-region together`);
};
