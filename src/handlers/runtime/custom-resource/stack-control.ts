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

const contentType = 'application/x-www-form-urlencoded; charset=utf-8';

/** The text of the first element of that name. */
const textIn = (xml: string, element: string): string | undefined => {
  const [, rest] = xml.split(`<${element}>`, 2);
  return rest?.slice(0, rest.indexOf('<'));
};

/** The parameters of the one stack that an answer describes. */
const parametersIn = (xml: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    xml
      .split('<ParameterKey>')
      .slice(1)
      .map((rest) => [
        rest.slice(0, rest.indexOf('<')),
        textIn(rest.split('</member>')[0] ?? '', 'ParameterValue') ?? '',
      ]),
  );

/**
 * Describes and updates stacks without the AWS SDK, by signed requests to the Region of the stack.
 * The calls reject with an error named by CloudFormation's code, such as `Throttling`.
 */
export const createStackControl = (env: EnvironmentVariables) => {
  const ask = async (
    stackId: string,
    fields: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<string> => {
    const region = readStackId(stackId)?.region ?? '';
    const url = serviceEndpoint(cloudFormation, region, env);
    const sign = createRequestSigner('cloudformation', region, () => environmentCredentials(env));
    const all = { Version: '2010-05-15', StackName: stackId, ...fields };
    const body = Buffer.from(new URLSearchParams(all).toString());
    const headers = { 'content-type': contentType, 'content-length': String(body.length) };
    const signed = await sign(url, { headers, body }, new Date());
    const answer = await createHttpExchange(url, 'CloudFormation').post(signed, body, signal);
    if (answer.status === 200) return answer.body;
    const message = textIn(answer.body, 'Message') ?? `HTTP status ${answer.status}`;
    throw Object.assign(new Error(message), {
      name: textIn(answer.body, 'Code') ?? 'UnknownError',
    });
  };

  return {
    describe: async (stackId: string, signal: AbortSignal) => {
      const body = await ask(stackId, { Action: 'DescribeStacks' }, signal);
      const status = textIn(body, 'StackStatus');
      if (status === undefined) throw new Error('Something else than CloudFormation answered');
      return { status, parameters: parametersIn(body) };
    },
    update: async (
      stackId: string,
      change: {
        readonly parameters: Readonly<Record<string, string>>;
        readonly kept: readonly string[];
        readonly resourceTypes: readonly string[];
      },
      signal: AbortSignal,
    ): Promise<void> => {
      const { parameters, kept, resourceTypes } = change;
      const fields = [
        ...Object.entries(parameters).map(
          ([key, value]) => [key, 'ParameterValue', value] as const,
        ),
        ...kept.map((key) => [key, 'UsePreviousValue', 'true'] as const),
      ].flatMap(([key, name, value], index) => [
        [`Parameters.member.${index + 1}.ParameterKey`, key],
        [`Parameters.member.${index + 1}.${name}`, value],
      ]);
      const types = resourceTypes.map((type, index) => [`ResourceTypes.member.${index + 1}`, type]);
      const all = Object.fromEntries([...fields, ...types]);
      // The template stays, and a deployment has allowed its roles: CloudFormation asks again.
      const request = {
        ...{ Action: 'UpdateStack', UsePreviousTemplate: 'true' },
        'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
      };
      await ask(stackId, { ...request, ...all }, signal);
    },
  };
};
