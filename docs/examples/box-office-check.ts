import type { DescribeScenario } from 'antipode-cli';

export const scenario: DescribeScenario = ({ functionNamed }) => {
  const api = functionNamed('api');
  const seats = { show: 'hamlet', seats: 2 };
  return {
    examples: [
      {
        title: 'Reserve two seats',
        in: 'primary',
        kind: 'invoke',
        functionName: api,
        payload: JSON.stringify({ id: 'r-1', ...seats }),
      },
    ],
    check: async ({ primary, secondary, step }) => {
      const command = { id: `check-${Date.now()}`, ...seats };
      await step(`reserve in ${primary.name}`, async () => {
        const { left } = await primary.ask(api, command);
        return `${left} seats are left`;
      });
      await step(`the same command in ${secondary.name} is a replay`, async () => {
        const { left } = await secondary.ask(api, command);
        return `${left} seats are left`;
      });
    },
  };
};
