// What the Node clients share: what stands on usher's topics, and checks that can fail.
'use strict';

const { execFileSync, spawn } = require('node:child_process');
const readline = require('node:readline');

// How long a record may take to be there.
const WITHIN_MS = 30_000;
let done = 0;
/** What was heard of each topic that is listened to. */
const followed = new Map();

/** Counts what is right, and ends the client at what is not. */
function check(right, what) {
  if (!right) throw new Error(`wrong: ${what}`);
  done += 1;
}

/** All envelopes of a topic that have come by now: one process that listens on, instead of one a look. */
function heardOn(topic) {
  if (!followed.has(topic)) {
    const envelopes = [];
    followed.set(topic, envelopes);
    const tail = spawn(process.env.USHER, ['tail', topic, '--from-start', '--unmasked'], { stdio: ['ignore', 'pipe', 'inherit'] });
    process.on('exit', () => tail.kill());
    readline.createInterface({ input: tail.stdout }).on('line', (line) => envelopes.push(JSON.parse(line).envelope));
  }
  return followed.get(topic);
}

/** All envelopes that stand on a topic: what is not among them is not there. */
function onTopic(topic) {
  const words = ['tail', topic, '--from-start', '--once', '--unmasked'];
  const said = execFileSync(process.env.USHER, words, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return said.split('\n').filter(Boolean).map((line) => JSON.parse(line).envelope);
}

/** What `find` finds at last. */
async function waited(find, what) {
  const until = Date.now() + WITHIN_MS;
  while (Date.now() < until) {
    const found = await find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`wrong: ${what} did not come within ${WITHIN_MS} ms`);
}

/** The archived message with this id. */
function transcript(id) {
  const find = () => heardOn('transcripts').map((envelope) => envelope.transcript).find((one) => one.message.id === id);
  return waited(find, `the transcript of ${id}`);
}

/** Runs a client and says in one line what it has shown. */
function main(name, run) {
  run().then(
    () => {
      console.log(`${name}: ${done} checks`);
      process.exit(0);
    },
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}

module.exports = { check, heardOn, main, onTopic, transcript, waited };
