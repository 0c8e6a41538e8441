import { describe, expect, it } from 'vitest';
import { ssmRoute } from '../../../../../packages/cli/src/local/ssm/index.ts';

const route = ssmRoute((name) => (name === '/app/flag' ? 'on' : undefined));

const getParameter = async (input: object) => {
  const answer = await route({
    ...{ method: 'POST', path: '/', rawQuery: '', query: new URLSearchParams() },
    headers: { 'x-amz-target': 'AmazonSSM.GetParameter' },
    body: Buffer.from(JSON.stringify(input)),
  });
  return { status: answer?.status, body: JSON.parse(String(answer?.body)) };
};

describe('the route of Systems Manager', () => {
  it('says of each qualifier of the CDK that it is bootstrapped', async () => {
    for (const qualifier of ['hnb659fds', 'mine']) {
      const Name = `/cdk-bootstrap/${qualifier}/version`;
      const { body } = await getParameter({ Name });
      expect(body).toMatchObject({ Parameter: { Name, Type: 'String', Value: '1000' } });
    }
  });

  it('returns a parameter of a stack', async () => {
    const { body } = await getParameter({ Name: '/app/flag', WithDecryption: true });
    expect(body).toMatchObject({ Parameter: { Value: 'on' } });
  });

  it('does not know another parameter', async () => {
    expect(await getParameter({ Name: '/app/other' })).toMatchObject({
      status: 400,
      body: { __type: 'ParameterNotFound' },
    });
  });
});
