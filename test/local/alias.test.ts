import { expect, it } from '@jest/globals';
import { buffered, ECHO, serve } from './fixture.ts';

const through = (alias: string) =>
  JSON.parse(JSON.stringify(buffered('Echo')).replace('{"Fn::GetAtt":["Echo","Arn"]}', `{"Ref":"${alias}"}`));

const resources = {
  Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Echo' } } },
  Live: {
    Type: 'AWS::Lambda::Alias',
    Properties: {
      FunctionName: { Ref: 'Echo' },
      FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
      Name: 'live',
    },
  },
};

it('a route to an alias of a function is served by the function', async () => {
  await using api = await serve({
    functions: { Echo: ECHO },
    routes: [{ path: '/x', integration: through('Live') }],
    resources,
  });
  expect((await api.echo('/x')).path).toBe('/x');
});

it('an alias of a function that is not in the stack is refused at the start', async () => {
  const foreign = {
    ...resources.Live,
    Properties: { ...resources.Live.Properties, FunctionName: 'elsewhere' },
  };
  await expect(
    serve({
      functions: { Echo: ECHO },
      routes: [{ path: '/x', integration: through('Live') }],
      resources: { ...resources, Live: foreign },
    }),
  ).rejects.toThrow('function:elsewhere:live');
});
