import { createOutcomeAnswer, readRequest, serveApi } from 'antipode/handlers';
import { integer, minValue, number, object, pipe, string } from 'valibot';
import { box, reserve } from './seats.ts';
import { shows } from './shows.ts';

const reservation = object({
  id: string(),
  show: string(),
  seats: pipe(number(), integer(), minValue(1)),
});
const answerOutcome = createOutcomeAnswer({ refused: { SoldOut: 422 } });

export const handler = await serveApi(box, ({ runner }) => {
  const reserveSeats = reserve(runner(shows));
  return async (payload, run, request) => {
    const command = readRequest(reservation, payload, request, { keyField: 'id' });
    return answerOutcome(await reserveSeats(command, run), request);
  };
});
