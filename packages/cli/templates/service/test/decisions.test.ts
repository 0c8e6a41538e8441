import { decisionOf } from 'antipode/testing';
import { describe, it } from 'vitest';
import { decidePlaceOrder } from '../src/domain/orders.ts';
import { service } from '../src/service.ts';

describe('an order', () => {
  const place = decisionOf(service, decidePlaceOrder);
  const stock = { product: 'lamp', left: 3, version: 7 };
  const order = { product: 'lamp', quantity: 2 };

  it('takes its products from the stock', () => {
    place
      .given(stock)
      .when({ key: 'o-1', ...order })
      .thenState({ product: 'lamp', left: 1, version: 8 })
      .thenResult({ id: 'o-1', ...order, left: 1 })
      .thenEvents({
        type: 'OrderPlaced',
        subject: 'lamp',
        aggregateVersion: 8,
        data: { id: 'o-1', ...order },
      });
  });

  it('may take the last ones, and no more', () => {
    const command = { key: 'o-1', product: 'lamp' };
    place
      .given(stock)
      .when({ ...command, quantity: 3 })
      .thenResult({ id: 'o-1', product: 'lamp', quantity: 3, left: 0 });
    place
      .given(stock)
      .when({ ...command, quantity: 4 })
      .thenRefused('SoldOut');
  });

  it('needs a product that exists', () => {
    place
      .given(undefined)
      .when({ key: 'o-1', ...order })
      .thenRefused('ProductNotFound');
  });
});
