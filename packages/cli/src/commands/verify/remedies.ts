import type { RegionView } from '../regions/region-view.ts';

/** A command of `aws` in a Region, also of the local stack. */
export const aws = ({ region, endpoint }: RegionView, command: string): string =>
  `aws ${command} --region ${region}${endpoint === undefined ? '' : ` --endpoint-url ${endpoint}`}`;

/** The options by which a command of `antipode` finds one half of a service. */
export const at = ({ stack, region, endpoint }: RegionView): string =>
  endpoint === undefined ? `--stack ${stack} --region ${region}` : `--local --region ${region}`;

/** Brings back a resource that somebody has changed or removed. */
export const deployAgain = ({ stack, endpoint }: RegionView): string =>
  endpoint === undefined
    ? `npx cdk deploy ${stack} --revert-drift`
    : 'start the local stack again: antipode local, or where it runs with --empty: antipode local --empty, then npx cdk deploy --all';

/** Deploys everything to where the Region is, with a setting where one is given. */
export const deployAll = ({ endpoint }: RegionView, setting?: string): string =>
  [
    ...(endpoint === undefined ? [] : [`AWS_ENDPOINT_URL=${endpoint}`]),
    ...(setting === undefined ? [] : [setting]),
    'npx cdk deploy --all',
  ].join(' ');

export const enableRule = (view: RegionView, id: string): string => {
  const [bus = '', name = ''] = id.includes('|') ? id.split('|') : ['default', id];
  return aws(view, `events enable-rule --name ${name} --event-bus-name ${bus}`);
};

/** `UpdateSchedule` sets all of a schedule, so the rest is read first. */
export const enableSchedule = (view: RegionView, name: string): string => {
  const members = ['Name', 'GroupName', 'ScheduleExpression', 'FlexibleTimeWindow', 'Target'].map(
    (member) => `${member}:${member}`,
  );
  const read = aws(view, `scheduler get-schedule --name ${name} --query '{${members}}'`);
  return aws(view, `scheduler update-schedule --state ENABLED --cli-input-json "$(${read})"`);
};

export const setRole = (view: RegionView, functionName: string, role: string): string =>
  aws(view, `lambda update-function-configuration --function-name ${functionName} --role ${role}`);

/** The queue's name in its URL. */
export const queueName = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

export const readQueue = (view: RegionView, url: string): string =>
  `antipode dlq list --queue ${queueName(url)} ${at(view)}`;

export const readLogs = (view: RegionView, functionName: string): string =>
  `antipode logs ${functionName} --since 15m ${at(view)}`;

/** Applies migrations, and grants what the functions need. */
export const migrateUp = (
  view: RegionView,
  endpoint: string | undefined,
  grant: { readonly role?: string; readonly iamRole?: string } = {},
): string =>
  [
    'antipode migrate up',
    `--endpoint ${endpoint ?? 'HOST'} --region ${view.region}`,
    ...(grant.role === undefined ? [] : [`--grant-role ${grant.role}`]),
    ...(grant.iamRole === undefined ? [] : [`--iam-role ${grant.iamRole}`]),
  ].join(' ');

const startRegion = (region: string): string => `antipode local region start ${region}`;

const codesOf = (error: unknown): readonly string[] => {
  const { name, code, Code, cause } = Object(error) as Record<string, unknown>;
  const own = [name, code, Code].filter((one) => typeof one === 'string');
  return cause === undefined || cause === error ? own : [...own, ...codesOf(cause)];
};

const textOf = (error: unknown): string => {
  const { message, cause } = Object(error) as { message?: unknown; cause?: unknown };
  return `${String(message)} ${cause === undefined ? '' : textOf(cause)}`;
};

const expiredKeys =
  /ExpiredToken|RequestExpired|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|CredentialsProviderError/i;
const noRights = /AccessDenied|AccessDeniedException|not authorized to perform/i;
const noAnswer = /\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|TimeoutError)\b|does not answer/;
const notThere = /NotFound|does not exist|NonExistent/i;
const expiredSignature = /signature expired/i;

/** Whether a text says one thing, and another one behind it. An expression would look too often. */
const saysInOrder = (text: string, first: string, second: string): boolean => {
  const said = text.toLowerCase();
  const at = said.indexOf(first);
  return at >= 0 && said.includes(second, at + first.length);
};

/**
 * The next step after an error of a service that no check knows better.
 *
 * @param view the Region, where its half was found
 */
export const remedyOf = (error: unknown, view: RegionView | undefined, region: string): string => {
  const said = `${codesOf(error).join(' ')} ${textOf(error)}`;
  if (/is not installed/.test(said)) return /npm install --save-dev \S+/.exec(said)?.[0] ?? '';
  if (expiredKeys.test(said) || saysInOrder(said, 'security token ', ' expired')) {
    return 'get new credentials, such as with: aws sso login';
  }
  if (noAnswer.test(said)) {
    const isLocal = view ? view.endpoint !== undefined : said.includes('of the local stack');
    if (isLocal) return startRegion(region);
    const again = view ? `then: antipode verify ${at(view)}` : 'then run the command again';
    return `look at the AWS Health Dashboard for ${region}, ${again}`;
  }
  if (expiredSignature.test(said) || saysInOrder(said, 'token', 'expired')) {
    return 'set the clock of the machine, then run the command again: a token lives for minutes';
  }
  if (noRights.test(said)) {
    return 'let your role do this: docs/verify.md has the policy of a person who verifies';
  }
  if (view && notThere.test(said)) return deployAgain(view);
  return view ? readLogsOf(view) : 'run the command again';
};

const readLogsOf = (view: RegionView): string => `antipode logs --since 15m ${at(view)}`;
