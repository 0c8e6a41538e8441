import { synthesizeTwoRegions } from 'antipode/infra';
import { paymentMsMax } from '../src/config.ts';
import { reservations } from '../src/reservations.ts';

const environment = { PAYMENT_MS_MAX: String(paymentMsMax) };

await synthesizeTwoRegions(reservations, {
  entries: new URL('../src/handlers', import.meta.url),
  functions: { api: { environment }, payments: { environment } },
});
