import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../../../adapters/powertools/index.ts';
import { defined } from '../../../domain/kernel/defined.ts';
import type { Logger } from '../../../domain/kernel/index.ts';
import { guardCall } from '../../../domain/kernel/observability/guarded-observability.ts';
import { reportOnce } from '../guarded-parts.ts';
import { inContext, withContext } from '../log-context/log-context.ts';
import {
  AnswerRefused,
  type CustomResourceTrust,
  putAnswer,
  refuseStrangers,
} from './custom-resource-answer.ts';

/** The request that CloudFormation sends to the function behind a custom resource. */
export type CustomResourceEvent = {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /**
   * The presigned URL that takes the answer. Anybody who knows it can answer, so it is never
   * logged.
   */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly ResourceType: string;
  readonly LogicalResourceId: string;
  /** Absent on `Create`. */
  readonly PhysicalResourceId?: string;
  /** As in the template, except that CloudFormation makes every number and boolean a string. */
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  /** Present on `Update` only. */
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
};

/** The values that the template can read from the resource. */
export type CustomResourceResult = {
  /** A changed id makes CloudFormation delete the resource of the old one. */
  readonly physicalResourceId?: string;
  /** For `Fn::GetAtt`. */
  readonly data?: Readonly<Record<string, string>>;
};

/**
 * Does the work of one request; `signal` is aborted when there is just time enough left to answer.
 */
export type CustomResourceChange = (
  event: CustomResourceEvent,
  signal: AbortSignal,
) => Promise<CustomResourceResult>;

/** Sends the answer within some milliseconds; throws where it was not accepted. */
export type CustomResourceRespond = (url: string, body: string, ms: number) => Promise<void>;

/**
 * Time kept to answer, in milliseconds: without an answer CloudFormation waits until its own
 * timeout.
 */
const answerMsReserve = 10_000;

/**
 * Attempts at the answer, with a pause between; S3, which takes it, asks clients to retry. All of
 * them together end well within the reserve, so that Lambda does not kill the function before it
 * has said why it failed.
 */
const answerAttemptsMax = 3;
const answerMsMax = 2_000;
const answerRetryMs = 1_000;

/**
 * Time that an aborted change has to reject with the state that it has seen last, in milliseconds.
 * The reserve less the time of all attempts at the answer is 2 s.
 */
const lastWordsMs = 500;

/**
 * CloudFormation refuses answers above 4,096 bytes; a character takes up to six of them in JSON.
 */
const reasonCharactersMax = 500;

/**
 * A message and its causes, which mostly say more. CloudFormation shows it to everybody who may
 * look at the stack.
 */
const reasonOf = (error: unknown): string => {
  const messages: string[] = [];
  for (const { message } of describeError(error)) {
    // An error that adds a place repeats the message of its cause.
    if (message && !messages.some((said) => said.includes(message))) messages.push(message);
  }
  return messages.join(': ') || 'It has failed without saying why; see the log';
};

const deleteNothing: CustomResourceChange = async () => ({});

/**
 * Runs `work` until it settles or `ms` have passed. Then its signal is aborted, it may say within a
 * moment where it stands, and it is given up.
 */
const withinTime = async <T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  let timer = setTimeout(
    () => {
      const error = new Error('Not finished within the time of the function');
      timer = setTimeout(() => reject(error), lastWordsMs);
      controller.abort(error);
    },
    Math.max(0, ms),
  );
  try {
    return await Promise.race([work(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
};

type CustomResourceLogger = Pick<Logger, 'info' | 'error'>;

/** A change that was made is answered as made, also where no line can be written about it. */
const guarded = (logger: CustomResourceLogger): CustomResourceLogger => {
  const report = reportOnce('logger');
  return {
    info: guardCall((message, fields) => logger.info(message, withContext(fields)), report),
    error: guardCall(
      (message, fields, cause) => logger.error(message, withContext(fields), cause),
      report,
    ),
  };
};

/**
 * A handler for CloudFormation's custom resources that always answers: success, failure with its
 * reason, or failure just before the function's time is up.
 *
 * CloudFormation may send a request twice, and sends `Delete` for a `Create` that failed: changes
 * must be idempotent.
 *
 * @throws {InvalidInput} for a request that is not CloudFormation's, for which nothing is done
 * @throws when the answer itself could not be delivered, so that Lambda tries again
 * @example
 * const trust = readCustomResourceTrust(process.env);
 * const work = { onCreate: migrate, onUpdate: migrate };
 * export const handler = createCustomResourceHandler({ ...work, trust, logger });
 */
export const createCustomResourceHandler = (deps: {
  readonly onCreate: CustomResourceChange;
  readonly onUpdate: CustomResourceChange;
  /** Deletes nothing unless given. */
  readonly onDelete?: CustomResourceChange;
  /** The requests that the function accepts. */
  readonly trust: CustomResourceTrust;
  readonly logger: CustomResourceLogger;
  readonly respond?: CustomResourceRespond;
  readonly sleep?: (ms: number) => Promise<unknown>;
}) => {
  const { onCreate, onUpdate, onDelete = deleteNothing, trust } = deps;
  const logger = guarded(deps.logger);
  const { respond = putAnswer, sleep = delay } = deps;
  const changes = { Create: onCreate, Update: onUpdate, Delete: onDelete } as const;

  const outcomeOf = async (event: CustomResourceEvent, ms: number) => {
    const fields = { request: event.RequestType, resource: event.LogicalResourceId };
    try {
      const result = await withinTime(ms, (signal) => changes[event.RequestType](event, signal));
      logger.info('Custom resource changed', fields);
      const { physicalResourceId: PhysicalResourceId, data: Data } = result;
      return { Status: 'SUCCESS', Data, ...(PhysicalResourceId && { PhysicalResourceId }) };
    } catch (error) {
      logger.error('Custom resource failed', fields, error);
      return { Status: 'FAILED', Reason: reasonOf(error).slice(0, reasonCharactersMax) };
    }
  };

  const answer = async (url: string, body: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await respond(url, body, answerMsMax);
        return;
      } catch (error) {
        if (attempt >= answerAttemptsMax || error instanceof AnswerRefused) throw error;
        await sleep(answerRetryMs);
      }
    }
  };

  const handle = async (
    event: CustomResourceEvent,
    context: { readonly getRemainingTimeInMillis: () => number },
  ): Promise<void> => {
    const fields = { request: event.RequestType, resource: event.LogicalResourceId };
    try {
      refuseStrangers(event, trust);
    } catch (error) {
      logger.error('A request for a custom resource was refused', fields, error);
      throw error;
    }
    const outcome = await outcomeOf(event, context.getRemainingTimeInMillis() - answerMsReserve);
    const { StackId, RequestId, LogicalResourceId } = event;
    const body = {
      PhysicalResourceId: event.PhysicalResourceId ?? LogicalResourceId,
      ...outcome,
      StackId,
      RequestId,
      LogicalResourceId,
    };
    try {
      await answer(event.ResponseURL, JSON.stringify(body));
    } catch (error) {
      logger.error('The answer for a custom resource was not delivered', fields, error);
      throw error;
    }
  };

  // CloudFormation's id of the request is in its events too, so that both logs name it.
  return async (
    event: CustomResourceEvent,
    context: {
      readonly getRemainingTimeInMillis: () => number;
      readonly awsRequestId?: string;
    },
  ): Promise<void> =>
    inContext(
      { correlationid: event.RequestId, ...defined({ requestId: context.awsRequestId }) },
      () => handle(event, context),
    );
};
