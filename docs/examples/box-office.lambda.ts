import { InvalidInput } from 'antipode/domain';
import { createOutcomeAnswer, serveApi } from 'antipode/handlers';
import { integer, minValue, number, object, pipe, safeParse, string } from 'valibot';
import { box, reserve, shows } from './seats.ts';

const request = object({
  id: string(),
  show: string(),
  seats: pipe(number(), integer(), minValue(1)),
});
const answerOutcome = createOutcomeAnswer({ refused: { SoldOut: 422 } });

export const handler = await serveApi(box, ({ runner }) => {
  const reserveSeats = reserve(runner(shows));
  return async (payload, run, asked) => {
    const { success, output } = safeParse(request, payload);
    if (!success) throw new InvalidInput('A reservation needs id, show and seats');
    return answerOutcome(await reserveSeats(output, run), asked);
  };
});
