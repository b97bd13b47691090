// Alibaba Cloud's older Node client, unmodified: it signs among the parameters.
'use strict';

const { RPCClient } = require('@alicloud/pop-core');
const { check, main, transcript } = require('../lib/usher.js');

const TEXT = '限时折扣 a+b*c~&=/é';
const SAID = { AIAgentId: 'older-agent', SessionId: 'older-session', ReceiverId: 'user03', Text: TEXT, Type: 'custom' };

function send(method, changed = {}, accessKeySecret = 'aliyun-older-secret') {
  const endpoint = process.env.USHER_URL;
  const client = new RPCClient({ accessKeyId: 'aliyun-older', accessKeySecret, endpoint, apiVersion: '2020-11-09' });
  return client.request('SendMessageChatText', { ...SAID, ...changed }, { method });
}

async function refused(code, ...call) {
  const error = await send(...call).then(() => undefined, (error) => error);
  check(error?.data?.Code === code, `${code}: the client says ${error}`);
}

main(`@alicloud/pop-core ${require('@alicloud/pop-core/package.json').version}`, async () => {
  for (const method of ['GET', 'POST']) {
    const { RequestId } = await send(method);
    const said = await transcript(RequestId.replaceAll('-', '').toLowerCase());
    check(said.message.content.text === TEXT, `${method}: the text is the one that was sent`);
    await refused('SignatureDoesNotMatch', method, {}, 'wrong');
    await refused('UnsupportedSignatureVersion', method, { AIAgentId: 'strict-agent' });
  }
});
