import { decisionOf } from 'antipode/testing';
import { it } from 'vitest';
import { decidePlaceOrder, quantityMax } from '../src/domain/orders.ts';
import { service } from '../src/service.ts';

const place = decisionOf(service, decidePlaceOrder);
const order = { product: 'lamp', quantity: quantityMax };

it('places an order', () => {
  place
    .given([])
    .when({ key: 'o-1', ...order })
    .thenState([{ id: 'o-1', ...order }])
    .thenEvents({ type: 'OrderPlaced', subject: 'o-1', data: { id: 'o-1', ...order } });
});

it('refuses an order that is too large', () => {
  place
    .given([])
    .when({ key: 'o-1', ...order, quantity: quantityMax + 1 })
    .thenRefused('TooMany');
});
