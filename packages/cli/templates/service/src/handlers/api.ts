import {
  type AnswerRequest,
  createOutcomeAnswer,
  errorAnswer,
  readRequest,
} from 'antipode/handlers';
import { createQuestions } from '../adapters/questions.ts';
import { createStocks } from '../adapters/repositories.ts';
import { createPlaceOrder } from '../domain/orders.ts';
import type { Parts } from '../service.ts';
import { apiRequest } from './requests.ts';

const answerOutcome = createOutcomeAnswer({ refused: { ProductNotFound: 404, SoldOut: 409 } });

/** Answers the service's commands and questions. */
export const createApi = ({ db, runner, ...parts }: Parts): AnswerRequest => {
  const placeOrder = createPlaceOrder(runner(createStocks(db())));
  const questions = parts.questions(createQuestions);
  return async (payload, run, request) => {
    const asked = readRequest(apiRequest, payload, request);
    switch (asked.operation) {
      case 'place':
        return answerOutcome(await placeOrder(asked, run), request);
      case 'shipment': {
        const body = await questions.shipment(run, asked.order);
        return body ? { status: 200, body } : errorAnswer(404, 'NotFound', 'No such shipment');
      }
    }
  };
};
