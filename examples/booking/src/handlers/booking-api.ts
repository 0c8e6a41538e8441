import type { Json } from 'antipode/domain';
import {
  type AnswerRequest,
  type ApiAnswer,
  createOutcomeAnswer,
  errorAnswer,
  readRequest,
} from 'antipode/handlers';
import { createQuestions } from '../adapters/questions.ts';
import { createBookings } from '../adapters/repositories.ts';
import type { Parts } from '../booking.ts';
import { createCancel } from '../domain/cancel.ts';
import { createReserve } from '../domain/reserve.ts';
import { bookingRequest } from './requests.ts';

const answerOutcome = createOutcomeAnswer({
  refused: {
    ShowNotFound: 404,
    ReservationNotFound: 404,
    TooManySeats: 422,
    SoldOut: 409,
    ReservationExists: 409,
    AlreadyCancelled: 409,
  },
});

const found = (body: Json | undefined, what: string): ApiAnswer =>
  body ? { status: 200, body } : errorAnswer(404, 'NotFound', `There is no such ${what}`);

/** Answers the service's commands and questions. */
export const createBookingApi = ({ db, runner, ...parts }: Parts): AnswerRequest => {
  const bookings = runner(createBookings(db()));
  const reserve = createReserve(bookings);
  const cancel = createCancel(bookings);
  const questions = parts.questions(createQuestions);
  return async (payload, run, request) => {
    const asked = readRequest(bookingRequest, payload, request);
    switch (asked.operation) {
      case 'reserve':
        return answerOutcome(await reserve(asked, run), request);
      case 'cancel':
        return answerOutcome(await cancel(asked, run), request);
      case 'reservation':
        return found(await questions.reservation(run, asked.reservation), 'reservation');
      case 'show':
        return found(await questions.show(run, asked.show), 'show');
    }
  };
};
