import { serveApi } from 'antipode/handlers';
import { booking } from '../booking.ts';
import { createBookingApi } from './booking-api.ts';

export const handler = await serveApi(booking, createBookingApi);
