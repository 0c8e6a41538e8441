import { synthesizeTwoRegions } from 'antipode/infra';
import { service } from '../src/service.ts';

await synthesizeTwoRegions(service, { entries: new URL('../src/handlers', import.meta.url) });
