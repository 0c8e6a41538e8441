import type { ConnectionPool } from '../../../adapters/dsql/index.ts';
import { query } from '../../../adapters/dsql/transaction/query.ts';
import { statement } from '../../../adapters/dsql/wire/statement.ts';
import { InvalidInput } from '../../../domain/kernel/index.ts';
import {
  type VerificationFailure,
  type VerificationRequest,
  type VerifiedConnection,
  verificationFailureMember,
  verificationIn,
} from '../../../domain/kernel/verification.ts';
import type { LambdaContext, LambdaHandler } from '../lambda-handler.ts';

/** The parts of a function that a verification needs. */
export type VerifiableParts = {
  readonly connections: ConnectionPool;
  readonly region: string;
  /** The database role. */
  readonly user: string;
};

/** Time to give the answer to Lambda. Milliseconds. */
const answerMsReserve = 500;

/** The time until which a verification may work. Milliseconds since the epoch. */
const verificationDeadline = (context: Pick<LambdaContext, 'getRemainingTimeInMillis'>): number =>
  Date.now() + context.getRemainingTimeInMillis() - answerMsReserve;

const verifyConnection = async (
  { connections, region, user }: VerifiableParts,
  deadline: number,
): Promise<VerifiedConnection> => {
  const from = Date.now();
  await query(connections, statement('SELECT 1'), { deadline, writes: false });
  return { region, user, ms: Date.now() - from };
};

/** Answers the other questions of a function; absent: it knows none. */
export type AnswerVerification = (
  request: VerificationRequest,
  deadline: number,
) => Promise<unknown>;

const failureOf = (error: unknown): VerificationFailure =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: 'Error', errorMessage: String(error) };

/**
 * Answers an event that asks for a verification; `undefined` for any other event. A question that
 * is wrong or cannot be answered gets its failure as the answer.
 */
export const createVerification = (parts: VerifiableParts, answer?: AnswerVerification) => {
  const answerTo = async (asked: VerificationRequest | null, deadline: number) => {
    if (asked?.name === 'connection') return verifyConnection(parts, deadline);
    if (answer && typeof asked?.name === 'string') return answer(asked, deadline);
    throw new InvalidInput(
      answer
        ? 'A verification needs a name'
        : 'This function only answers the verification "connection"',
    );
  };
  return (
    event: unknown,
    context: Pick<LambdaContext, 'getRemainingTimeInMillis'>,
  ): Promise<unknown> | undefined => {
    const asked = verificationIn(event);
    return asked === undefined
      ? undefined
      : answerTo(asked, verificationDeadline(context)).catch((error: unknown) => ({
          [verificationFailureMember]: failureOf(error),
        }));
  };
};

/**
 * A handler that also answers a question of `antipode verify`. Every other event goes to the
 * handler itself.
 *
 * Only a direct invocation asks: who may send one is decided by IAM (`lambda:InvokeFunction`).
 */
export const verifiable = (
  handler: LambdaHandler,
  parts: VerifiableParts,
  answer?: AnswerVerification,
): LambdaHandler => {
  const verify = createVerification(parts, answer);
  const verifying: LambdaHandler = Object.assign(
    async (event: unknown, context: LambdaContext): Promise<unknown> =>
      verify(event, context) ?? handler(event, context),
    {
      use: (middleware: Parameters<LambdaHandler['use']>[0]) => {
        handler.use(middleware);
        return verifying;
      },
    },
  );
  return verifying;
};
