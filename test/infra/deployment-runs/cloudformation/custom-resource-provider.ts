import {
  type CustomResourceChange,
  type CustomResourceEvent,
  type CustomResourceRespond,
  createCustomResourceHandler,
} from '../../../../src/handlers/runtime/custom-resource/custom-resource.ts';
import type { Faults } from '../faults.ts';
import type { Random } from '../random.ts';
import { type VirtualTime, within } from '../virtual-time.ts';
import { createLambda, type Run, whileAlive } from './lambda.ts';
import { type Provided, type Provider, ResourceFailure, type ResourceRequest } from './provider.ts';

/** The work behind a type of custom resource, for one run of its function. */
export type CustomResourceWork = (type: string, run: Run) => CustomResourceChange;

export type CustomResourceDeps = {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: () => Faults;
  readonly work: CustomResourceWork;
  /** The function behind a type that has a handler of its own. */
  readonly handler: (
    event: CustomResourceEvent,
    run: Run,
    respond: CustomResourceRespond,
  ) => ReturnType<typeof createCustomResourceHandler> | undefined;
  /** Milliseconds that a function with a type of custom resource may run. */
  readonly timeoutMs: number;
};

type Answer = {
  readonly Status: string;
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
};

const silent = { info: () => undefined, error: () => undefined };

/** CloudFormation hands over every number and boolean as a string. */
const asStrings = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asStrings);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asStrings(inner)]));
};

const responseUrl = (region: string): string =>
  `https://cloudformation-custom-resource-response-${region.replaceAll('-', '')}.s3.amazonaws.com/answer`;

/** CloudFormation's own limit, unless `ServiceTimeout` sets one. */
const answerSecondsMax = 3_600;

/** The owner of custom resources: it runs their functions, and waits for the answers. */
export const createCustomResourceProvider = (deps: CustomResourceDeps): Provider => {
  const { time, random, faults, work, timeoutMs } = deps;
  const invoke = createLambda(time, random, faults);
  let requests = 0;

  const eventOf = (
    RequestType: CustomResourceEvent['RequestType'],
    request: ResourceRequest,
  ): CustomResourceEvent => {
    requests += 1;
    const { oldProperties, physicalId } = request;
    const old = asStrings(oldProperties) as Readonly<Record<string, unknown>>;
    return {
      RequestType,
      ResponseURL: responseUrl(request.stack.region),
      StackId: request.stack.id,
      RequestId: `request-${requests}`,
      ResourceType: request.type,
      LogicalResourceId: request.logicalId,
      ResourceProperties: asStrings(request.properties) as Readonly<Record<string, unknown>>,
      ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
      ...(oldProperties === undefined ? {} : { OldResourceProperties: old }),
    };
  };

  const answerOf = async (event: CustomResourceEvent): Promise<Answer | undefined> => {
    const answered = Promise.withResolvers<Answer>();
    const respond = (run: Run) => (_: string, body: string) =>
      whileAlive(run, async () => {
        answered.resolve(JSON.parse(body) as Answer);
        if (random.happens(faults().lostAnswers)) throw new Error('The connection was lost');
      });
    void invoke({
      event,
      timeoutMs,
      handler: (run) => {
        const own = deps.handler(event, run, respond(run));
        if (own) return own;
        const change = work(event.ResourceType, run);
        return createCustomResourceHandler({
          onCreate: change,
          onUpdate: change,
          onDelete: change,
          trust: { stackId: event.StackId },
          logger: silent,
          respond: respond(run),
          sleep: (ms) => whileAlive(run, () => time.sleep(ms)),
        });
      },
    });
    const seconds = Number(event.ResourceProperties['ServiceTimeout'] ?? answerSecondsMax);
    return within<Answer | undefined>(seconds * 1_000, answered.promise, () => undefined);
  };

  const change = async (
    kind: CustomResourceEvent['RequestType'],
    request: ResourceRequest,
  ): Promise<Provided> => {
    const answer = await answerOf(eventOf(kind, request));
    const { physicalId = request.logicalId } = request;
    if (answer === undefined) {
      throw new ResourceFailure(
        'CloudFormation did not receive a response from your Custom Resource.',
        physicalId,
      );
    }
    if (answer.Status === 'SUCCESS') {
      return { physicalId: answer.PhysicalResourceId, attributes: answer.Data ?? {} };
    }
    throw new ResourceFailure(
      `Received response status [FAILED] from custom resource. Message returned: ${answer.Reason}`,
      answer.PhysicalResourceId,
    );
  };

  return {
    create: (request) => change('Create', request),
    update: (request) => change('Update', request),
    remove: async (request) => void (await change('Delete', request)),
  };
};
