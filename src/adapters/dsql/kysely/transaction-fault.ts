import type { Fault } from '../../../domain/kernel/index.ts';

/** Kysely looks for this property, and asks for no rollback where it finds it. */
const abortedTransaction = Symbol.for('kysely.AbortedTransactionError');

/** The constructors of all faults take the same arguments. */
type FaultClass = new (message: string, options: { readonly cause: unknown }) => Fault;

/** A fault of the same kind with another message; the given one is its cause. */
export const withMessage = (fault: Fault, message: string): Fault =>
  new (fault.constructor as FaultClass)(message, { cause: fault });

/**
 * Tells Kysely that the transaction is over: it asks for no rollback and gives the connection back.
 */
export const transactionOver = (fault: Fault): Fault =>
  Object.assign(fault, { [abortedTransaction]: true });

/** The fault of a COMMIT that the server has answered with ROLLBACK, or that was not sent. */
export const rolledBack = (reason: Fault): Fault =>
  transactionOver(
    withMessage(
      reason,
      `A statement of the transaction had failed, so it was rolled back: ${reason.message}`,
    ),
  );
