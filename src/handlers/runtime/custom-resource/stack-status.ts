import { type EnvironmentVariables, serviceEndpoint } from '../../../adapters/aws/endpoint.ts';
import { createHttpExchange } from '../../../adapters/aws/http-exchange.ts';
import { createRequestSigner } from '../../../adapters/aws/signature.ts';
import { environmentCredentials } from '../../../adapters/dsql/connection/config.ts';
import { readStackId } from './custom-resource-answer.ts';

/** The endpoints of CloudFormation by the rules of the SDK's client. */
const cloudFormation = {
  host: 'cloudformation',
  variable: 'CLOUDFORMATION',
  isFipsItself: (region: string, dualStack: boolean) => region.startsWith('us-gov-') && !dualStack,
};

const form = 'application/x-www-form-urlencoded; charset=utf-8';

const textIn = (xml: string, element: string): string | undefined =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];

/**
 * Asks CloudFormation for the status of a stack, such as `DELETE_IN_PROGRESS`. The role needs
 * `cloudformation:DescribeStacks` for the stack.
 *
 * @returns a function that rejects with an error named by CloudFormation's code, such as
 * `Throttling`
 */
export const createStackStatus =
  (env: EnvironmentVariables) =>
  async (stackId: string, signal: AbortSignal): Promise<string> => {
    const region = readStackId(stackId)?.region ?? '';
    const url = serviceEndpoint(cloudFormation, region, env);
    const exchange = createHttpExchange(url, 'CloudFormation');
    const sign = createRequestSigner('cloudformation', region, () => environmentCredentials(env));
    const body = Buffer.from(
      String(
        new URLSearchParams({
          Action: 'DescribeStacks',
          Version: '2010-05-15',
          StackName: stackId,
        }),
      ),
    );
    const headers = { 'content-type': form, 'content-length': String(body.length) };
    const answer = await exchange.post(
      await sign(url, { headers, body }, new Date()),
      body,
      signal,
    );
    const status = textIn(answer.body, 'StackStatus');
    if (answer.status === 200 && status !== undefined) return status;
    const error = new Error(textIn(answer.body, 'Message') ?? `HTTP status ${answer.status}`);
    error.name = textIn(answer.body, 'Code') ?? 'UnknownError';
    throw error;
  };
