// What the engine promises, over both transports: once, in order, acknowledged after the listeners, whatever is cut.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { WebSocket } from 'ws';

import { ARTCAICallEngineFactory, ChatEngineState, createChatEngine } from '../../../clients/js/usher-chat.js';
import { Server } from './server.mjs';

const WITHIN_MS = 10_000;
const started = [];

afterEach(async () => {
  while (started.length) await started.pop()();
});

async function server(port) {
  const server = await Server.start(port);
  started.unshift(() => server.stop());
  return server;
}

function engine(options) {
  const engine = createChatEngine({ token: 'good', WebSocket, storage: null, ...options });
  started.push(() => engine.destroy());
  return engine;
}

/** Waits until something is so. */
async function until(holds, what) {
  const end = Date.now() + WITHIN_MS;
  while (!holds()) {
    assert.ok(Date.now() < end, `not within ${WITHIN_MS} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

const custom = text => ({ type: 'custom', text });

class Memory {
  #items = new Map();
  getItem = key => this.#items.get(key) ?? null;
  setItem = (key, value) => this.#items.set(key, value);
}

for (const transport of ['websocket', 'events']) {
  const on = (server, options) => engine({ url: server.url, transports: [transport], ...options });
  const named = name => `${name} (${transport})`;

  test(named('what waits is handed over in order and acknowledged after its listener'), async () => {
    const usher = await server();
    usher.put(3, custom('one'));
    usher.put(7, custom('two'));
    const seen = [];
    const chat = on(usher).on('receivedCustomMessage', async text => {
      await new Promise(resolve => setTimeout(resolve, 20));
      seen.push([text, usher.acknowledged.includes({ one: 3, two: 7, three: 9 }[text])]);
    });
    await chat.startChat();
    assert.equal(chat.state, ChatEngineState.connected);
    usher.put(9, custom('three'));
    await until(() => usher.acknowledged.includes(9), 'the last acknowledgement');
    assert.deepEqual(seen, [['one', false], ['two', false], ['three', false]], 'acknowledged after its listener');
    assert.deepEqual(usher.acknowledged, [...usher.acknowledged].sort((a, b) => a - b));
  });

  test(named('a cut connection is made again and nothing is shown twice'), async () => {
    const usher = await server();
    const seen = [];
    const states = [];
    const chat = on(usher).on('receivedCustomMessage', text => seen.push(text));
    chat.on('engineStateChange', state => states.push(state));
    await chat.startChat();
    for (let round = 0; round < 3; round += 1) {
      usher.put(round * 2, custom(`a${round}`));
      usher.cut();
      usher.put(round * 2 + 1, custom(`b${round}`));
      await until(() => usher.acknowledged.includes(round * 2 + 1), `round ${round}`);
    }
    assert.deepEqual(seen, ['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
    assert.ok(states.includes(ChatEngineState.disconnected));
  });

  test(named('what was shown and not acknowledged is acknowledged when it comes again, also on another page'), async () => {
    const usher = await server();
    const storage = new Memory();
    const seen = [];
    const show = text => seen.push(text);
    const first = on(usher, { storage }).on('receivedCustomMessage', text => {
      show(text);
      // The connection dies before the acknowledgement can be said.
      usher.refused.add('ack');
      usher.cut();
    });
    usher.put(1, custom('once'));
    await first.startChat();
    await until(() => storage.getItem('usher-chat.shown')?.includes('id-1'), 'the message');
    first.destroy();
    usher.refused.clear();
    usher.acknowledged.length = 0;
    usher.waiting = [{ seq: 1, id: 'id-1', message: custom('once') }];
    const second = on(usher, { storage }).on('receivedCustomMessage', show);
    await second.startChat();
    await until(() => usher.acknowledged.includes(1), 'the acknowledgement');
    assert.deepEqual(seen, ['once']);
  });

  test(named('a silent connection is dead'), async () => {
    const usher = await server();
    usher.heartbeatMs = 50;
    const chat = on(usher);
    await chat.startChat();
    usher.silent = true;
    await until(() => usher.opened.length >= 2, 'the next try');
  });

  test(named('the end of a token leads to a new one'), async () => {
    const usher = await server();
    usher.tokens = ['first'];
    const tokens = ['stale', 'first', 'second'];
    const chat = on(usher, { token: async () => tokens.shift() });
    await chat.startChat();
    usher.tokens = ['second'];
    usher.streams[0].end(4401);
    await until(() => usher.opened.some(([, token]) => token === 'second') && usher.streams.length === 1, 'the new token');
    assert.deepEqual(usher.opened.map(([, token]) => token), ['stale', 'first', 'second']);
  });

  test(named('a token that can not be renewed ends the chat with a word'), async () => {
    const usher = await server();
    const errors = [];
    const chat = on(usher).on('errorOccurs', error => errors.push(error.code));
    await chat.startChat();
    usher.tokens = [];
    usher.streams[0].end(4401);
    await until(() => errors.includes('token'), 'the word');
    const opened = usher.opened.length;
    await new Promise(resolve => setTimeout(resolve, 100));
    assert.equal(usher.opened.length, opened);
  });

  test(named('the end of a chat is its end'), async () => {
    const usher = await server();
    const seen = [];
    const chat = on(usher).on('receivedCustomMessage', text => seen.push(text));
    await chat.startChat();
    chat.endChat();
    assert.equal(chat.state, ChatEngineState.disconnected);
    await until(() => usher.streams.length === 0, 'the end of the stream');
    usher.put(1, custom('later'));
    await chat.startChat();
    await until(() => seen.length === 1, 'what waited, after a new start');
  });
}

test('events are the way where no WebSocket passes', async () => {
  const usher = await server();
  usher.refused.add('websocket');
  const chat = engine({ url: usher.url });
  await chat.startChat();
  assert.deepEqual(usher.opened.map(([transport]) => transport), ['websocket', 'events']);
});

test('two engines on one page leave each other what they remember', async () => {
  const storage = new Memory();
  const [one, other] = [await server(), await server()];
  const seen = [];
  const open = async usher => {
    const chat = engine({ url: usher.url, transports: ['events'], storage });
    chat.on('receivedCustomMessage', text => seen.push(text));
    await chat.startChat();
    return chat;
  };
  const chats = [await open(one), await open(other)];
  one.put(1, custom('of one'));
  await until(() => one.acknowledged.includes(1), 'the first');
  other.put(2, custom('of the other'));
  await until(() => other.acknowledged.includes(2), 'the second');
  chats.forEach(chat => chat.destroy());
  assert.deepEqual(JSON.parse(storage.getItem('usher-chat.shown')), ['id-1', 'id-2']);
  assert.deepEqual(seen, ['of one', 'of the other']);
});

test('an acknowledgement that was not taken is said again', async () => {
  const usher = await server();
  usher.refused.add('ack');
  const chat = engine({ url: usher.url, transports: ['events'] });
  let shown = 0;
  chat.on('receivedCustomMessage', () => (shown += 1));
  await chat.startChat();
  usher.put(4, custom('x'));
  await until(() => shown === 1, 'the message');
  usher.refused.delete('ack');
  await until(() => usher.acknowledged.includes(4), 'the acknowledgement');
  assert.equal(shown, 1);
});

test('announcements have a listener of their own, and are told as custom messages without one', async () => {
  const usher = await server();
  const seen = [];
  const chat = engine({ url: usher.url }).on('receivedCustomMessage', text => seen.push(['custom', text]));
  usher.put(1, { type: 'announcement', text: 'first' });
  await chat.startChat();
  await until(() => usher.acknowledged.includes(1), 'the first');
  chat.on('announcement', text => seen.push(['announcement', text]));
  chat.on('receivedMessage', message => seen.push(['message', message.text]));
  usher.put(2, { type: 'announcement', text: 'second' });
  usher.put(3, custom('third'));
  await until(() => usher.acknowledged.includes(3), 'the last');
  assert.deepEqual(seen, [
    ['custom', 'first'],
    ['announcement', 'second'],
    ['message', 'second'],
    ['custom', 'third'],
    ['message', 'third'],
  ]);
});

test('messages wait in the engine until somebody listens', async () => {
  const usher = await server();
  usher.put(1, custom('early'));
  const chat = engine({ url: usher.url });
  await chat.startChat();
  await new Promise(resolve => setTimeout(resolve, 50));
  assert.deepEqual(usher.acknowledged, [], 'shown to nobody');
  const seen = [];
  chat.on('receivedCustomMessage', text => seen.push(text));
  await until(() => usher.acknowledged.includes(1), 'the acknowledgement');
  assert.deepEqual(seen, ['early']);
});

test('a listener that fails does not stop the others', async () => {
  const usher = await server();
  const errors = [];
  const seen = [];
  const chat = engine({ url: usher.url }).on('errorOccurs', error => errors.push([error.code, error.cause.message]));
  chat.on('receivedCustomMessage', () => {
    throw new Error('mine');
  });
  chat.on('receivedCustomMessage', text => seen.push(text));
  await chat.startChat();
  usher.put(1, custom('x'));
  await until(() => usher.acknowledged.includes(1), 'the acknowledgement');
  assert.deepEqual([errors, seen], [[['listener', 'mine']], ['x']]);
});

test('a token that can stand in no header is told of, and asked for anew', async () => {
  const usher = await server();
  const tokens = ['not a token', 'good'];
  const errors = [];
  const chat = engine({ url: usher.url, transports: ['websocket'], token: () => tokens.shift() });
  chat.on('errorOccurs', error => errors.push(error.code));
  await chat.startChat();
  assert.deepEqual(errors, ['connection']);
});

test('the server may be away at first and come back at the same place', async () => {
  const usher = await server();
  const { port } = usher;
  await usher.stop();
  const chat = engine({ url: `http://127.0.0.1:${port}` });
  const standing = chat.startChat();
  await new Promise(resolve => setTimeout(resolve, 50));
  assert.equal(chat.state === ChatEngineState.connected, false);
  started.shift();
  await server(port);
  await standing;
});

test('the vendor\'s names lead here too', async () => {
  const usher = await server();
  const chat = ARTCAICallEngineFactory.createChatEngine({ url: usher.url, WebSocket, storage: null });
  started.push(() => chat.destroy());
  chat.on('requestAuthToken', async () => 'asked');
  await chat.startChat();
  assert.deepEqual(usher.opened, [['websocket', 'asked']]);
  assert.throws(() => createChatEngine({}), /url/);
});
