import type { Stack } from '@aws-sdk/client-cloudformation';
import type { Terminal } from 'antipode-local-dsql/process';
import { UsageError } from 'antipode-local-dsql/process';
import { stacksOf } from '../runs/running-stacks.ts';
import { readStackAccess, type StackAccess } from '../runs/stack-access.ts';
import type { ServiceChoice } from './options.ts';
import { answerMsMax, type ClientSettings, loadCloudFormation, patienceOf } from './sdk.ts';

/** A resource of a stack. */
export type StackResource = {
  readonly type: string;
  readonly logicalId: string;
  /** Its name, URL or ARN, as `Ref` gives it. */
  readonly id: string;
};

/** One Region's half of a deployed service. */
export type FoundService = {
  readonly stack: string;
  readonly region: string;
  readonly account: string;
  /** The local stack that it runs in; absent in AWS. */
  readonly access: StackAccess | undefined;
  readonly settings: ClientSettings;
  readonly outputs: Readonly<Record<string, string>>;
  readonly resources: readonly StackResource[];
};

/** The output by which a stack is known to be a service's, where it is not named. */
const serviceOutput = 'EventBusName';

type Place = { readonly settings: ClientSettings; readonly access: StackAccess | undefined };

const localPlace = (access: StackAccess, region: string | undefined): Place => {
  const found = access.regions.find((one) => one.region === (region ?? access.regions[0]?.region));
  if (!found) {
    const regions = access.regions.map((one) => one.region).join(' and ');
    throw new UsageError(`--region ${region}: the local stack is in ${regions}`);
  }
  const settings = { region: found.region, endpoint: found.url, credentials: access.keys };
  return { settings, access };
};

const placeOf = (
  { stack, region, local }: ServiceChoice,
  { directory, environment }: Terminal,
): Place => {
  if (local || stack === undefined) {
    const [access] = stacksOf(directory).running.flatMap(
      ({ folder }) => readStackAccess(folder) ?? [],
    );
    if (access) return localPlace(access, region);
    throw new UsageError(
      'no local stack was started in this folder: go to the folder of the stack that runs, start one with antipode local, or name a stack in AWS with --stack',
    );
  }
  const chosen = region ?? (environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION']);
  if (!chosen) throw new UsageError('no Region: give --region, or set AWS_REGION');
  return { settings: { region: chosen }, access: undefined };
};

type DescribedStack = Pick<Stack, 'StackName' | 'StackId' | 'Outputs'>;

/** DescribeStacks fails for a stack that does not exist, so that it never answers with none. */
const noStack: DescribedStack = { StackName: undefined };

const outputsOf = ({ Outputs = [] }: DescribedStack): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );

/** The stack that was named, or the only one of a service. */
const onlyService = (stacks: readonly DescribedStack[], region: string): DescribedStack => {
  const services = stacks.filter((stack) => serviceOutput in outputsOf(stack));
  const [first, ...others] = services;
  if (first && others.length === 0) return first;
  if (!first) {
    throw new Error(
      `no stack in ${region} has the output ${serviceOutput} of a service: deploy it with npx cdk deploy --all`,
    );
  }
  const names = services.map(({ StackName }) => StackName).join(' or ');
  throw new UsageError(`several services run in ${region}: give --stack ${names}`);
};

/** A Region of the local stack that refuses connections: a person has stopped it, as a rule. */
const notAnswering = ({ regions }: StackAccess, region: string, cause: unknown): Error => {
  const [other] = regions.filter((one) => one.region !== region);
  const elsewhere = other ? `, or ask the other Region with --region ${other.region}` : '';
  return new Error(
    `${region} of the local stack does not answer: start it with antipode local region start ${region}${elsewhere}`,
    { cause },
  );
};

/** The first line of an error of the SDK, with what it was about. */
const explained = (stack: string | undefined, region: string, cause: unknown): Error => {
  const [reason = ''] = (cause as Error).message.split('\n');
  const about = stack === undefined ? 'the stacks' : `stack ${stack}`;
  return new Error(`cannot read ${about} in ${region}: ${reason}`, { cause });
};

/**
 * Finds a deployed service: by the name of its stack in AWS, or in the local stack that runs in
 * this folder.
 *
 * @throws {UsageError} where it is not clear which one is meant
 * @throws {Error} with one line for a stack that cannot be read
 */
export const findService = async (
  choice: ServiceChoice,
  terminal: Terminal,
): Promise<FoundService> => {
  const { settings, access } = placeOf(choice, terminal);
  const { region } = settings;
  const { CloudFormationClient, DescribeStacksCommand, paginateListStackResources } =
    await loadCloudFormation();
  const client = new CloudFormationClient({ ...settings, requestHandler: patienceOf(answerMsMax) });
  try {
    const named = choice.stack === undefined ? {} : { StackName: choice.stack };
    const { Stacks = [] } = await client.send(new DescribeStacksCommand(named));
    const described = choice.stack === undefined ? onlyService(Stacks, region) : Stacks[0];
    const { StackName: stack = '', StackId: id = '' } = described ?? noStack;
    const resources: StackResource[] = [];
    for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
      for (const one of page.StackResourceSummaries ?? []) {
        const { ResourceType: type = '', LogicalResourceId: logicalId = '' } = one;
        resources.push({ type, logicalId, id: one.PhysicalResourceId ?? '' });
      }
    }
    const account = id.split(':')[4] ?? '';
    const outputs = outputsOf(described ?? noStack);
    return { stack, region, account, access, settings, outputs, resources };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (access && (error as { code?: unknown }).code === 'ECONNREFUSED') {
      throw notAnswering(access, region, error);
    }
    throw explained(choice.stack, region, error);
  } finally {
    client.destroy();
  }
};

/** The ids of a service's resources of one type, in the order of their logical ids. */
export const resourceIds = (
  { resources }: Pick<FoundService, 'resources'>,
  type: string,
): readonly string[] =>
  resources
    .filter((one) => one.type === type)
    .toSorted((one, other) => (one.logicalId < other.logicalId ? -1 : 1))
    .map(({ id }) => id);

/** A service as a question names it. */
export const shownService = ({ stack, region, account, access }: FoundService): string =>
  access ? `${stack} in ${region} (local)` : `${stack} in ${region} (account ${account})`;
