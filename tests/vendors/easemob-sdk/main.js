// Easemob's REST client for Node, unmodified; only its base address is usher's.
'use strict';

const { promisify } = require('node:util');
const easemob = require('easemob-sdk');
const { check, heardOn, main, waited } = require('../lib/usher.js');

require('easemob-sdk/lib/const').BASE_URL = `${process.env.USHER_URL}/`;

const token = (secret) => {
  easemob.init('vendors-org', 'shop', 'easemob-sdk', secret);
  return promisify(easemob.get_token)();
};
const send = (data, token) =>
  new Promise((resolve) => easemob.message.send_txt(data, token, (_, { statusCode }, body) => resolve({ statusCode, body })));

main(`easemob-sdk ${require('easemob-sdk/package.json').version}`, async () => {
  const wrong = await token('wrong');
  check(wrong.error === 'unauthorized', `a wrong secret gets no token: ${JSON.stringify(wrong)}`);
  const { access_token, expires_in } = await token('easemob-sdk-secret');
  check(access_token && expires_in > 0, 'a token is given');

  const said = {
    target_type: 'users',
    target: ['kefu'],
    msg: { type: 'txt', msg: '你好' },
    from: 'xiaoming',
    ext: { weichat: { queueName: '售前' } },
  };
  const answer = await send(said, access_token);
  check(answer.statusCode === 200 && answer.body.data.kefu === 'success', 'a message is taken');
  const heard = () => {
    const said = heardOn('transcripts').map((envelope) => envelope.transcript);
    return said.find((one) => one.account === 'easemob-sdk' && one.message.content.text === '你好');
  };
  check((await waited(heard, 'the message')).visitor === 'xiaoming', 'it is the visitor’s');
  const stranger = await send(said, 'no-token');
  check(stranger.statusCode === 401 && stranger.body.error === 'unauthorized', 'without a token nobody is heard');
});
