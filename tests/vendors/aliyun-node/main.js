// Alibaba Cloud's generic Node client, unmodified; only its endpoint is usher's.
'use strict';

const { default: OpenApi, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client');
const { RuntimeOptions } = require('@alicloud/tea-util');
const { check, main, transcript } = require('../lib/usher.js');

const TEXT = '限时折扣 a+b*c~&=/é\n仅剩 3 台 🎁';
const SAID = { AIAgentId: 'node-agent', SessionId: 'node-session', ReceiverId: 'user02', Text: TEXT, Type: 'custom' };

function send(changed = {}, accessKeySecret = 'aliyun-node-secret') {
  const endpoint = new URL(process.env.USHER_URL).host;
  const client = new OpenApi(new Config({ accessKeyId: 'aliyun-node', accessKeySecret, endpoint, protocol: 'http' }));
  const params = new Params({
    action: 'SendMessageChatText',
    version: '2020-11-09',
    protocol: 'HTTPS',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  return client.callApi(params, new OpenApiRequest({ query: { ...SAID, ...changed } }), new RuntimeOptions({}));
}

async function refused(code, ...call) {
  const error = await send(...call).then(() => undefined, (error) => error);
  check(error?.code?.includes(code), `${code}: the client says ${error}`);
}

main(`@alicloud/openapi-client ${require('@alicloud/openapi-client/package.json').version}`, async () => {
  const answer = await send({ NeedArchiving: 'true', Mode: 'offline' });
  check(answer.statusCode === 200, 'a message is taken');
  const said = await transcript(answer.body.RequestId.replaceAll('-', '').toLowerCase());
  check(said.message.content.text === TEXT, 'the text is the one that was sent');
  check(said.visitor === 'user02', 'it is for that customer');
  await refused('SignatureDoesNotMatch', {}, 'wrong');
  await refused('InvalidAIAgentId.NotFound', { AIAgentId: 'nobody' });
  await refused('InvalidParameter', { ReceiverId: 'u'.repeat(65) });
});
