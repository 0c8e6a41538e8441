import {
  type AnswerRequest,
  createOutcomeAnswer,
  errorAnswer,
  readRequest,
} from 'antipode/handlers';
import { createQuestions } from '../adapters/questions.ts';
import { createBookings } from '../adapters/repositories.ts';
import { paymentMsMax } from '../config.ts';
import { createReportPayment } from '../domain/report-payment.ts';
import { createReserve } from '../domain/reserve.ts';
import type { Parts } from '../reservations.ts';
import { reservationsRequest } from './requests.ts';

const answerOutcome = createOutcomeAnswer({
  refused: {
    ShowNotFound: 404,
    ReservationNotFound: 404,
    SoldOut: 409,
    ReservationExists: 409,
    PaymentExists: 409,
  },
});

/** Answers the service's commands and questions. */
export const createReservationsApi = ({ db, runner, ...parts }: Parts): AnswerRequest => {
  const bookings = runner(createBookings(db()));
  const reserve = createReserve(bookings, paymentMsMax);
  const reportPayment = createReportPayment(bookings);
  const questions = parts.questions(createQuestions);
  return async (payload, run, request) => {
    const asked = readRequest(reservationsRequest, payload, request);
    switch (asked.operation) {
      case 'reserve':
        return answerOutcome(await reserve(asked, run), request);
      case 'report-payment':
        return answerOutcome(await reportPayment(asked, run), request);
      case 'reservation':
      case 'payment':
      case 'show': {
        const body = await questions[asked.operation](run, asked.id);
        if (body) return { status: 200, body };
        return errorAnswer(404, 'NotFound', `There is no such ${asked.operation}`);
      }
    }
  };
};
