// The JavaScript client: its own tests, then in a real browser against usher, through a connection that is cut.
'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { chromium } = require('playwright-core');
const { check, main, waited } = require('../lib/usher.js');

const CLIENT = path.join(__dirname, '../../../clients/js/usher-chat.js');
const VISITOR = 'browser01';
// Where Debian and Ubuntu have it; CHROMIUM names another.
const BROWSERS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const PAGE = `<!doctype html><title>page</title><script type="module">
  import { createChatEngine } from '/usher-chat.js';
  const { url, token, transports } = Object.fromEntries(new URLSearchParams(location.search));
  const engine = createChatEngine({ url, token, transports: transports?.split(',') });
  globalThis.states = [];
  engine.on('engineStateChange', state => states.push(state));
  engine.on('receivedCustomMessage', text => {
    document.body.append(Object.assign(document.createElement('p'), { textContent: text }));
  });
  engine.startChat();
</script><body></body>`;

/** A server for the page and the client's file. */
function pages() {
  const server = http.createServer((request, answer) => {
    const isClient = request.url === '/usher-chat.js';
    answer.writeHead(200, { 'content-type': isClient ? 'text/javascript' : 'text/html; charset=utf-8' });
    answer.end(isClient ? fs.readFileSync(CLIENT) : PAGE);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** A way to usher's streams that can be cut. */
function wire() {
  const { hostname, port } = new URL(process.env.USHER_STREAM_URL);
  const sockets = new Set();
  const server = net.createServer((client) => {
    const usher = net.connect(Number(port), hostname);
    for (const socket of [client, usher]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        usher.destroy();
      });
    }
    client.pipe(usher).pipe(client);
  });
  const cut = () => sockets.forEach((socket) => socket.destroy());
  const listening = () => ({ url: `http://127.0.0.1:${server.address().port}`, cut });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(listening())));
}

async function call(where, body) {
  const answer = await fetch(`${process.env.USHER_URL}${where}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.USHER_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ account: 'chat-page', visitor: VISITOR, ...body }),
  });
  check(answer.ok, `${where} is taken: ${answer.status}`);
  return answer.json();
}

const push = (text) => call('/v1/pushes', { text });

/** Sends three messages over one transport: to a page that stands, over a cut, and over a reload of the page. */
async function through(page, address, cut, transport) {
  const words = ['first', 'over the cut', 'over the reload'].map((word) => `${transport} ${word} 售后`);
  const shown = () => page.$$eval('p', (lines) => lines.map((line) => line.textContent));
  const shows = (text) => waited(async () => (await shown()).includes(text), `“${text}” on the page`);
  await page.goto(address);
  await push(words[0]);
  await shows(words[0]);
  cut();
  await push(words[1]);
  await shows(words[1]);
  const lines = await shown();
  check(JSON.stringify(lines) === JSON.stringify(words.slice(0, 2)), `each is shown once: ${lines}`);
  check((await page.evaluate('states')).includes('disconnected'), 'the connection was really cut');
  await page.reload();
  await push(words[2]);
  await shows(words[2]);
  const after = await shown();
  check(JSON.stringify(after) === JSON.stringify(words.slice(2)), `nothing again after the reload: ${after}`);
}

main('usher-chat.js (node, chromium)', async () => {
  const tests = spawnSync(process.execPath, ['--test', 'client.test.mjs'], { cwd: __dirname, encoding: 'utf8' });
  check(tests.status === 0, `its own tests:\n${tests.stdout}${tests.stderr}`);
  const executablePath = BROWSERS.find((file) => file && fs.existsSync(file));
  check(executablePath, 'a browser is there: apt-get install -y --no-install-recommends chromium');
  const [server, way] = await Promise.all([pages(), wire()]);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const { token } = await call('/v1/stream-tokens', {});
  for (const transport of ['websocket', 'events']) {
    const page = await browser.newPage();
    const query = new URLSearchParams({ url: way.url, token, transports: transport });
    await through(page, `http://127.0.0.1:${server.address().port}/?${query}`, way.cut, transport);
    await page.close();
  }
  await browser.close();
});
