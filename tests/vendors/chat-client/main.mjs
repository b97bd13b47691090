// usher's own client for pages: its promises against a server that misbehaves, then a message of each kind from a running
// usher over each transport.

import { run } from 'node:test';
import { WebSocket } from 'ws';

import { createChatEngine } from '../../../clients/js/usher-chat.js';
import usher from '../lib/usher.js';

const { check, main, onTopic, waited } = usher;

/** The tests beside this file; a run without tests is wrong. */
async function promises() {
  let passed = 0;
  const failed = [];
  const tests = run({ files: [new URL('client.test.mjs', import.meta.url).pathname] });
  tests.on('test:pass', () => (passed += 1)).on('test:fail', ({ name }) => failed.push(name));
  for await (const _ of tests);
  check(failed.length === 0, `not as promised: ${failed.join('; ')}`);
  check(passed > 10, `${passed} tests of the client ran`);
}

async function call(path, body) {
  const answer = await fetch(process.env.USHER_URL + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.USHER_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ account: 'chat-client', ...body }),
  });
  check(answer.ok, `${path} answers ${answer.status}`);
  return answer.json();
}

/** One message that waits for the page and one that comes to it; both must count as delivered. */
async function shows(transport) {
  const visitor = `${transport}01`;
  const waits = await call('/v1/pushes', { visitor, text: '限时折扣' });
  const { token } = await call('/v1/stream-tokens', { visitor });
  const engine = createChatEngine({ url: process.env.USHER_STREAM_URL, token, transports: [transport], WebSocket, storage: null });
  const shown = [];
  engine.on('receivedCustomMessage', (text) => shown.push(text));
  await engine.startChat();
  await waited(() => shown[0] === '限时折扣', `${transport}: what waited`);
  const comes = await call('/v1/pushes', { visitor, text: '仅剩 3 台 🎁' });
  await waited(() => shown[1] === '仅剩 3 台 🎁', `${transport}: what comes`);
  for (const { id } of [waits, comes]) await waited(() => isDelivered(id), `${transport}: the delivery of ${id}`);
  check(shown.length === 2, `${transport}: shown once each: ${shown}`);
  engine.destroy();
}

function isDelivered(id) {
  const told = onTopic('events').map(({ event }) => event.message_status);
  return told.some((status) => status?.message === id && status.status === 'delivered');
}

main('usher-chat.js', async () => {
  await promises();
  for (const transport of ['websocket', 'events']) await shows(transport);
});
