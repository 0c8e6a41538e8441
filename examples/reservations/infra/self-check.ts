import type { DescribeScenario } from 'antipode-cli';

const reserve = { operation: 'reserve', show: 'hamlet', customer: 'ada', seats: 2 };
const received = { operation: 'report-payment', outcome: 'received' };

/** How to try the service, and how `antipode local` sees that it works. */
export const scenario: DescribeScenario = ({ functionNamed }) => {
  const api = functionNamed('api');
  return {
    examples: [
      {
        title: 'Reserve two seats: they are free again after 15 minutes without a payment',
        ...{ in: 'primary', kind: 'invoke', functionName: api },
        payload: JSON.stringify({ ...reserve, key: 'r-1' }),
      },
      {
        title: 'Report a payment in the other Region: the reservation stays',
        ...{ in: 'secondary', kind: 'http', functionName: api },
        body: JSON.stringify({ ...received, key: 'p-1', reservation: 'r-1' }),
      },
    ],
    check: async ({ primary, secondary, step, eventually }) => {
      const id = `self-check-${Date.now()}`;
      await step(`reserve in ${primary.name}`, async () => {
        const made = await primary.ask(api, { ...reserve, key: id });
        return `${made['seats']} seats of ${made['show']}`;
      });
      await step(`report two payments in ${secondary.name}: one is paid back`, async () => {
        const keys = [`${id}-1`, `${id}-2`];
        for (const key of keys) await secondary.ask(api, { ...received, key, reservation: id });
        return eventually(async () => {
          const asked = keys.map((key) => primary.ask(api, { operation: 'payment', id: key }));
          const states = (await Promise.all(asked)).map(({ status }) => String(status));
          return states.toSorted().join() === 'accepted,returned' ? states.join(', ') : undefined;
        });
      });
      await step('the reservation is paid', async () =>
        String((await primary.ask(api, { operation: 'reservation', id }))['status']),
      );
    },
  };
};
