import { synthesizeTwoRegions } from 'antipode/infra';
import { booking } from '../src/booking.ts';

await synthesizeTwoRegions(booking, { entries: new URL('../src/handlers', import.meta.url) });
