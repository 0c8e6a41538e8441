import { InvalidInput } from 'antipode/domain';
import {
  createApiHandler,
  createBusPublisher,
  createService,
  errorAnswer,
  readServiceConfig,
} from 'antipode/handlers';
import { integer, minValue, number, object, pipe, safeParse, string } from 'valibot';
import { boxEvents, reserve, shows } from './seats.ts';

const { env } = process;
const config = readServiceConfig(env);
const service = createService(config, 'box', env);
const publisher = createBusPublisher(config, env);
const reserveSeats = reserve(service.runner(shows, { catalogue: boxEvents, publisher }));
const request = object({
  id: string(),
  show: string(),
  seats: pipe(number(), integer(), minValue(1)),
});

export const handler = createApiHandler({
  ...service,
  answer: async (payload, run) => {
    const { success, output } = safeParse(request, payload);
    if (!success) throw new InvalidInput('A reservation needs id, show and seats');
    const outcome = await reserveSeats(output, run);
    switch (outcome.status) {
      case 'committed':
      case 'replayed':
        return { status: 200, body: outcome.result };
      case 'refused':
        return errorAnswer(422, outcome.refusal.code, outcome.refusal.message);
      case 'mismatched':
        return errorAnswer(409, 'KeyReused', 'This id was used for another reservation');
    }
  },
});
