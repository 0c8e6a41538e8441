import { accept, defineService, refuse } from 'antipode/domain';
import { createOutcomeAnswer, readRequest, serveApi } from 'antipode/handlers';
import { number, object, string } from 'valibot';
import { migrations, type Show, shows } from './shows.ts';

export const box = defineService({
  name: 'box',
  source: 'shop.box',
  schema: 'box',
  migrations,
  events: { SeatsReserved: { version: 1, schema: object({ show: string(), seats: number() }) } },
  consumers: { occupancy: { on: ['SeatsReserved'] } },
});

const reserve = (show: Show, { seats }: { readonly seats: number }) => {
  if (seats > show.free) return refuse('SoldOut', `${show.free} seats are left`);
  const state = { ...show, free: show.free - seats, version: show.version + 1 };
  const about = { subject: show.id, aggregateVersion: state.version } as const;
  const data = { show: show.id, seats };
  const event = { type: 'SeatsReserved', schemaVersion: 1, ...about, data } as const;
  return accept({ state, events: [event], result: { left: state.free } });
};

const request = object({ id: string(), show: string(), seats: number() });
const answer = createOutcomeAnswer({ refused: { SoldOut: 422 } });

export const handler = await serveApi(box, ({ runner }) => {
  const office = runner(shows);
  return async (payload, run, call) => {
    const command = readRequest(request, payload, call, { keyField: 'id' });
    const fingerprint = JSON.stringify(command);
    const once = { kind: 'command', key: command.id, fingerprint } as const;
    const decide = (show: Show) => reserve(show, command);
    return answer(await office.run({ ...run, once, load: { id: command.show }, decide }), call);
  };
});
