import { isObject, type Json, type JsonObject, objectOf, stringOf } from '../../template/json.ts';

/** The answer of a custom resource's function. */
export type CustomResourceAnswer = {
  /** The physical id. */
  readonly ref: string;
  readonly data: JsonObject;
  /** Whether people may not see the data. */
  readonly noEcho: boolean;
};

/** A custom resource that has failed. */
export class CustomResourceFailed extends Error {
  override readonly name = 'CustomResourceFailed';
  /** As the answer gave it. */
  readonly physicalId: string | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { readonly physicalId?: string | undefined } = {},
  ) {
    super(message, options);
    this.physicalId = options.physicalId;
  }
}

/**
 * The whole answer.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
const answerBytesMax = 4096;

/** A physical id, from the same page. */
const physicalIdBytesMax = 1024;

/** The fields that an answer copies from its request: an answer without them is for another one. */
const copiedFields = ['RequestId', 'StackId', 'LogicalResourceId'] as const;

/** Names the first field of an answer that its request does not have. */
export const strayField = (request: JsonObject, answer: JsonObject): string | undefined =>
  copiedFields.find((field) => answer[field] !== request[field]);

/** The body of an answer as an object, which every answer is. */
export const parseAnswer = (body: Buffer): JsonObject | undefined => {
  try {
    const value = JSON.parse(body.toString('utf8')) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** CloudFormation's words when no answer for a request has come, and why none has. */
export const withoutAnswer = (requestId: Json | undefined, why: string): string =>
  `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${String(requestId)}]. ${why}`;

const physicalIdOf = (id: Json | undefined): string => {
  if (id !== undefined && id !== null && typeof id !== 'string') {
    throw new CustomResourceFailed(
      'Invalid Response object: Value of property PhysicalResourceId must be of type String',
    );
  }
  if (!id || Buffer.byteLength(id) > physicalIdBytesMax) {
    throw new CustomResourceFailed('Invalid PhysicalResourceId');
  }
  return id;
};

/**
 * Reads the answer for a request, and refuses what CloudFormation refuses, in its words. A failure
 * without a physical id loses its reason there too.
 *
 * @param bytes length of the answer as it was sent
 * @throws {CustomResourceFailed}
 */
export const readAnswer = (answer: JsonObject, bytes: number): CustomResourceAnswer => {
  if (bytes > answerBytesMax) throw new CustomResourceFailed('Response object is too long.');
  const physicalId = physicalIdOf(answer['PhysicalResourceId']);
  const { Status: status, Data: data, NoEcho: noEcho } = answer;
  if (status !== 'SUCCESS') {
    const reason = stringOf(answer['Reason']) ?? `it answered ${JSON.stringify(answer)}`;
    throw new CustomResourceFailed(
      `Received response status [FAILED] from custom resource. Message returned: ${reason} (RequestId: ${String(answer['RequestId'])})`,
      { physicalId },
    );
  }
  if (data !== undefined && data !== null && !isObject(data)) {
    throw new CustomResourceFailed(
      'Invalid Response object: Value of property Data must be an object',
      { physicalId },
    );
  }
  return { ref: physicalId, data: objectOf(data), noEcho: noEcho === true || noEcho === 'true' };
};
