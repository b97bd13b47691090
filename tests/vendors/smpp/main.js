// node-smpp as the SMSC that usher binds to: https://github.com/farhadi/node-smpp.
'use strict';

const smpp = require('smpp');
const { check, heardOn, main, onTopic, waited } = require('../lib/usher.js');

const PHONE = '12223334444';
const OURS = '4915112345678';

/** An SMSC that names what it takes in hex and reports in decimal with leading zeros. */
class Smsc {
  constructor() {
    this.binds = [];
    this.submits = [];
    this.enquired = 0;
    this.reportFirst = false;
    this.refusals = [];
    this.server = smpp.createServer((session) => this.serve(session));
    this.server.listen(process.env.PORT_SMSC, '127.0.0.1');
  }

  serve(session) {
    session.on('error', () => {});
    session.on('bind_transceiver', (pdu) => {
      this.binds.push(pdu);
      session.send(pdu.response());
      this.session = session;
    });
    session.on('enquire_link', (pdu) => {
      this.enquired += 1;
      session.send(pdu.response());
    });
    session.on('submit_sm', (pdu) => this.take(session, pdu));
  }

  async take(session, pdu) {
    const refusal = this.refusals.shift();
    if (refusal) {
      session.send(pdu.response({ command_status: refusal }));
      return;
    }
    const number = 0x3b9aca00 + this.submits.push(pdu);
    if (this.reportFirst) await this.report(number, 2);
    session.send(pdu.response({ message_id: number.toString(16).toUpperCase() }));
    pdu.number = number;
  }

  /** Reports as most SMSCs do; the status of the answer. */
  report(number, state, stat = 'DELIVRD') {
    const id = String(number).padStart(14, '0');
    return this.deliver({
      esm_class: 4,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2502251502 done date:2502251503 stat:${stat} err:000 text:`,
      receipted_message_id: id,
      message_state: state,
    });
  }

  deliver(fields) {
    const pdu = { source_addr: PHONE, source_addr_ton: 1, source_addr_npi: 1, destination_addr: OURS, ...fields };
    return new Promise((resolve) => this.session.deliver_sm(pdu, (answer) => resolve(answer.command_status)));
  }
}

async function push(text) {
  const answer = await fetch(`${process.env.USHER_URL}/v1/pushes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.USHER_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ account: 'smsc', visitor: `+${PHONE}`, text, ttl_ms: 3_600_000 }),
  });
  check(answer.status === 202, `a push is taken: ${answer.status}`);
  return (await answer.json()).id;
}

/** The statuses that a message has had, by what stands on the topic of events. */
function statuses(id, events) {
  const facts = events.map((envelope) => envelope.event?.message_status).filter(Boolean);
  return facts.filter((fact) => fact.message === id).map((fact) => fact.status);
}

function hasStatus(id, status) {
  return waited(() => statuses(id, heardOn('events')).includes(status), `${status} of ${id}`);
}

function heard() {
  const said = heardOn('transcripts').map((envelope) => envelope.transcript);
  return said.filter((one) => one.message.from.visitor).map((one) => one.message.content.text);
}

/** What a phone shows of these submits. */
function shown(pdus) {
  return pdus.map((pdu) => pdu.short_message.message).join('');
}

main(`smpp ${require('smpp/package.json').version} (npm) as SMSC`, async () => {
  const smsc = new Smsc();
  const bind = await waited(() => smsc.binds[0], 'a bind');
  check(bind.interface_version === 0x34, `interface_version 0x34: ${bind.interface_version}`);
  check(bind.system_id === 'vendors' && bind.password === 'smsc-pw', 'who binds');

  const short = await push('Hello €, [price] 5$');
  const one = await waited(() => smsc.submits[0], 'a submit_sm');
  check(shown([one]) === 'Hello €, [price] 5$', `GSM 7 bit: ${shown([one])}`);
  check(one.esm_class === 0 && one.data_coding === 0 && one.registered_delivery === 1, 'the fields of 3.4');
  check(one.source_addr === OURS && one.source_addr_ton === 1, 'the sender');
  check(one.destination_addr === PHONE && one.dest_addr_ton === 1 && one.dest_addr_npi === 1, 'the recipient');
  const left = one.validity_period - Date.now();
  check(left > 3_500_000 && left <= 3_600_000, `the deadline as validity_period: ${left} ms`);
  await hasStatus(short, 'sent');
  check((await smsc.report(one.number, 1, 'ENROUTE')) === 0, 'a receipt that says nothing is answered');
  check((await smsc.report(one.number, 2)) === 0, 'a receipt is answered');
  await hasStatus(short, 'delivered');

  const words = `${'长短信'.repeat(40)}😀${'末'.repeat(20)}`;
  const long = await push(words);
  await waited(() => smsc.submits.length === 4, 'three parts');
  const parts = smsc.submits.slice(1);
  check(shown(parts) === words, 'UCS-2 in parts, joined');
  check(parts.every((pdu) => pdu.data_coding === 8 && pdu.esm_class === 0x40), 'under a header, as UCS-2');
  check(parts.every((pdu, at) => pdu.short_message.udh[0][3] === 3 && pdu.short_message.udh[0][4] === at + 1), 'of three');
  await hasStatus(long, 'sent');
  for (const part of [parts[2], parts[0]]) await smsc.report(part.number, 2);
  check(!statuses(long, onTopic('events')).includes('delivered'), 'not delivered before all parts are');
  await smsc.report(parts[1].number, 2);
  await hasStatus(long, 'delivered');

  smsc.reportFirst = true;
  await hasStatus(await push('Reported before it is answered'), 'delivered');
  smsc.reportFirst = false;

  smsc.refusals = [smpp.ESME_RTHROTTLED, smpp.ESME_RMSGQFUL];
  await hasStatus(await push('Throttled'), 'sent');
  check(smsc.refusals.length === 0, 'both refusals were met');

  check((await smsc.deliver({ short_message: 'Grüße @ 5€', data_coding: 0 })) === 0, 'an SMS is answered');
  await waited(() => heard().includes('Grüße @ 5€'), 'what a phone said');
  for (const [number, message] of [[2, '第二部分'], [1, '第一部分']]) {
    const udh = Buffer.from([5, 0, 3, 77, 2, number]);
    await smsc.deliver({ esm_class: 0x40, data_coding: 8, short_message: { udh, message } });
  }
  await waited(() => heard().includes('第一部分第二部分'), 'a long SMS of a phone, whole');

  await waited(() => smsc.enquired > 0, 'an enquire_link');
  smsc.session.close();
  await waited(() => smsc.binds.length === 2, 'a second bind after a cut');
  await hasStatus(await push('After the cut'), 'sent');
});
