// What the Node clients share: what stands on usher's topics, and checks that can fail.
'use strict';

const { execFileSync } = require('node:child_process');

// How long a record may take to be there.
const WITHIN_MS = 30_000;
let done = 0;

/** Counts what is right, and ends the client at what is not. */
function check(right, what) {
  if (!right) throw new Error(`wrong: ${what}`);
  done += 1;
}

/** All envelopes that stand on a topic. */
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
  const find = () => onTopic('transcripts').map((envelope) => envelope.transcript).find((one) => one.message.id === id);
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

module.exports = { check, main, onTopic, transcript, waited };
