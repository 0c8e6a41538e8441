import type { DescribeScenario } from 'antipode-cli';

const place = { operation: 'place', product: 'lamp', quantity: 2 };

/** How to try the service, and how `antipode local` sees that it works. */
export const scenario: DescribeScenario = ({ functionNamed }) => {
  const api = functionNamed('api');
  return {
    examples: [
      {
        title: 'Place an order: the same command again has the same answer',
        ...{ in: 'primary', kind: 'invoke', functionName: api },
        payload: JSON.stringify({ ...place, key: 'o-1' }),
      },
      {
        title: 'Its shipment, asked for in the other Region',
        ...{ in: 'secondary', kind: 'http', functionName: api },
        body: JSON.stringify({ operation: 'shipment', order: 'o-1' }),
      },
    ],
    check: async ({ primary, secondary, step }) => {
      const key = `self-check-${Date.now()}`;
      await step(`place an order in ${primary.name}`, async () => {
        const { left } = await primary.ask(api, { ...place, key });
        return `${left} are left`;
      });
      await step(`find its shipment in ${secondary.name}`, async () => {
        const isOurs = (event: unknown) => JSON.stringify(event).includes(key);
        await primary.handled(functionNamed('shipments'), isOurs);
        const { quantity } = await secondary.ask(api, { operation: 'shipment', order: key });
        return `${quantity} to send`;
      });
    },
  };
};
