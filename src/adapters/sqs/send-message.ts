import { createHttpExchange, type HttpAnswer, NoAnswer } from '../aws/http-exchange.ts';
import { createRequestSigner, type SigningKeys } from '../aws/signature.ts';

/** Sends one message to a queue. The signal ends it. */
export type SendMessage = (body: string, signal: AbortSignal) => Promise<void>;

/** SQS has refused a message; `name` is the service's error code. */
export class SqsError extends Error {
  override readonly name: string;
  /** HTTP status. */
  readonly status: number;
  constructor(name: string, message: string, status: number) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

const objectIn = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};

const errorIn = ({ status, body }: HttpAnswer): SqsError => {
  const { __type: type, message } = objectIn(body);
  // `com.amazonaws.sqs#QueueDoesNotExist`
  const code =
    String(type ?? '')
      .split('#')
      .at(-1) || 'UnknownError';
  return new SqsError(code, String(message ?? `SQS answered with HTTP status ${status}`), status);
};

const mayPass = (error: unknown): boolean =>
  error instanceof NoAnswer ||
  (error instanceof SqsError && (error.status >= 500 || error.status === 429));

/**
 * Sends messages to one queue without the AWS SDK: one signed request each, over a connection that
 * is kept. It is sent once more where SQS failed or gave no answer, so that a message may be in the
 * queue twice.
 *
 * @param options.url of SQS, see `sqsEndpoint`
 * @param options.credentials is asked for each request: Lambda's keys are replaced while the
 * process lives
 * @throws {SqsError} where SQS refuses the message, {NoAnswer} where it gives no answer, and the
 * reason of the signal once that is aborted
 * @example
 * const url = sqsEndpoint(queueUrl, process.env);
 * const sendMessage = createSendMessage({ region, url, queueUrl, credentials });
 * await sendMessage('{"hello":"queue"}', AbortSignal.timeout(5_000));
 */
export const createSendMessage = (options: {
  readonly region: string;
  readonly url: URL;
  readonly queueUrl: string;
  readonly credentials: () => SigningKeys | Promise<SigningKeys>;
}): SendMessage => {
  const { region, url, queueUrl, credentials } = options;
  const { post, closeIdle } = createHttpExchange(url, 'SQS');
  const sign = createRequestSigner('sqs', region, credentials);

  const attempt = async (body: Buffer, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(body.length),
      'user-agent': 'antipode',
      'x-amz-target': 'AmazonSQS.SendMessage',
    };
    const answer = await post(await sign(url, { headers, body }, new Date()), body, signal);
    if (answer.status !== 200) throw errorIn(answer);
    const { MessageId } = objectIn(answer.body);
    if (typeof MessageId === 'string') return;
    throw new SqsError('UnknownError', 'Something else than SQS answered', answer.status);
  };

  return async (message, signal) => {
    const body = Buffer.from(JSON.stringify({ QueueUrl: queueUrl, MessageBody: message }));
    try {
      await attempt(body, signal);
    } catch (error) {
      if (!mayPass(error) || signal.aborted) throw error;
      // The other connections may be dead too, since a frozen process does not hear of it.
      if (error instanceof NoAnswer) closeIdle();
      await attempt(body, signal);
    }
  };
};
