import { serveApi } from 'antipode/handlers';
import { reservations } from '../reservations.ts';
import { createReservationsApi } from './reservations-api.ts';

export const handler = await serveApi(reservations, createReservationsApi);
