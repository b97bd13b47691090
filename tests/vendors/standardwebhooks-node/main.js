// The verifier of https://www.standardwebhooks.com for Node, on a webhook that usher really sent.
'use strict';

const http = require('node:http');
const { Webhook, WebhookVerificationError } = require('standardwebhooks');
const { check, main, waited } = require('../lib/usher.js');

const SECRET = 'whsec_aG9va3Mtc2VjcmV0LWZvci10aGUtdmVyaWZpZXJzLTAx';
const OTHER = 'whsec_aG9va3Mtc2VjcmV0LW9mLXNvbWVib2R5LWVsc2UtMDE=';

function received() {
  const hooks = [];
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      hooks.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
      response.end();
    });
  });
  return new Promise((resolve) => server.listen(process.env.PORT_HOOKS, '127.0.0.1', () => resolve(hooks)));
}

function refuses(verify, what) {
  try {
    verify();
  } catch (error) {
    return check(error instanceof WebhookVerificationError, `${what}: ${error}`);
  }
  check(false, `${what} is taken`);
}

main(`standardwebhooks ${require('standardwebhooks/package.json').version} (npm)`, async () => {
  const hooks = await received();
  const answer = await fetch(`${process.env.USHER_URL}/v1/pushes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.USHER_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ account: 'hooks-node', visitor: 'D', text: 'é 售 "quoted"' }),
  });
  check(answer.status === 202, `a push is taken: ${answer.status}`);
  const { headers, body } = await waited(() => hooks[0], 'the webhook');
  const payload = new Webhook(SECRET).verify(body, headers);
  check(JSON.stringify(payload).includes('é 售'), 'the verified payload is the message');
  refuses(() => new Webhook(OTHER).verify(body, headers), 'another secret');
  refuses(() => new Webhook(SECRET).verify(`${body} `, headers), 'another body');
});
