import type { DescribeScenario } from 'antipode-cli';

const order = { product: 'lamp', quantity: 2 };

/** How to try the service, and how `antipode local` sees that it works. */
export const scenario: DescribeScenario = ({ functionNamed }) => {
  const api = functionNamed('api');
  return {
    examples: [
      {
        title: 'Place an order: the same command again has the same answer',
        ...{ in: 'primary', kind: 'invoke', functionName: api },
        payload: JSON.stringify({ ...order, key: 'o-1' }),
      },
    ],
    check: async ({ primary, secondary, step }) => {
      const key = `self-check-${Date.now()}`;
      for (const region of [primary, secondary]) {
        await step(`place the same order in ${region.name}`, async () => {
          const { id } = await region.ask(api, { ...order, key });
          return String(id);
        });
      }
    },
  };
};
