import { createShipments } from '../adapters/repositories.ts';
import { createAddShipment } from '../domain/shipments.ts';
import type { Parts } from '../service.ts';

export const shipments = ({ db, runner }: Parts) =>
  createAddShipment(runner(createShipments(db())));
