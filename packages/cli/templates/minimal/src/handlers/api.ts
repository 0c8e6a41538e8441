import { type AnswerRequest, createOutcomeAnswer, readRequest } from 'antipode/handlers';
import * as v from 'valibot';
import { createOrders } from '../adapters/orders.ts';
import { createPlaceOrder } from '../domain/orders.ts';
import type { Parts } from '../service.ts';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

/** `key` makes a command that is sent again a replay. */
const apiRequest = v.object({
  key: id,
  product: id,
  quantity: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

const answerOutcome = createOutcomeAnswer({ refused: { TooMany: 422 } });

/** Answers the service's one command. */
export const createApi = ({ db, runner }: Parts): AnswerRequest => {
  const placeOrder = createPlaceOrder(runner(createOrders(db())));
  return async (payload, run, request) => {
    const command = readRequest(apiRequest, payload, request);
    return answerOutcome(await placeOrder(command, run), request);
  };
};
