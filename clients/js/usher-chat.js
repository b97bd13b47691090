/**
 * Shows a visitor what a company sends: the page's side of usher's streams, without dependencies.
 *
 *   import { createChatEngine } from './usher-chat.js';            // or <script type="module" src="usher-chat.js">,
 *   const engine = createChatEngine({ url, token });               // then UsherChat.createChatEngine(…)
 *   engine.on('receivedCustomMessage', text => show(text));
 *   await engine.startChat();
 *
 * `url` is where delivery's streams are, for example `https://chat.acme.example`. `token` is one from the company's own
 * server (`POST /v1/stream-tokens`), or a function that fetches one; instead, `engine.on('requestAuthToken', fetchOne)`.
 *
 * What is promised: each message is handed to its listeners once and in order, also when the connection is cut, the page
 * is loaded again (where it has a `sessionStorage`) or the server is another one. It is acknowledged after the listeners
 * have run, promises of theirs included; until then usher counts it as not shown and may send an SMS instead. Messages
 * wait in the engine while nobody listens at all.
 */

/** How long a cut connection waits before the next try: up to this, doubled each time up to the longest, by chance. */
const BACKOFF_MS = 500;
const BACKOFF_MS_MAX = 30_000;
/** How long a connection may take until it says hello. */
const HELLO_WITHIN_MS = 10_000;
/** A connection that stood for so long was a good one: the next try comes soon. */
const STANDS_AFTER_MS = 5_000;
/** A connection that is silent for so many heartbeats is dead. */
const SILENT_BEATS = 3;
/** Ids of messages that are remembered as shown: more than a mailbox of usher can hold. */
const SHOWN_MAX = 2_000;
const STORAGE_KEY = 'usher-chat.shown';
/** The subprotocol of the WebSocket, and the code by which it says that the token has ended. */
const PROTOCOL = 'usher.v1';
const TOKEN_ENDED = 4401;

/**
 * What an engine tells.
 *   receivedCustomMessage (text, message)  a message of type `custom`
 *   announcement (text, message)           a message of type `announcement`; without a listener for these it is told as
 *                                          receivedCustomMessage
 *   receivedMessage (message, id)          every message, whole
 *   engineStateChange (state)              one of ChatEngineState
 *   connected (), disconnected ()          the stream stands, or is cut; the engine connects again by itself
 *   errorOccurs (error)                    with `code`: 'token', 'connection', 'listener' or 'frame'
 *   requestAuthToken ()                    asked for a token: its listener answers with one
 */
export class ChatEngine {
  #url;
  #token;
  #transports;
  #open;
  #shown;
  #listeners = new Map();
  #state = ChatEngineState.init;
  #run = null;
  #queue = [];
  #draining = false;

  /**
   * `url` and `token`: see above. `transports`: what is tried, in this order; without it `['websocket', 'events']`.
   * `storage`: where it is remembered what was shown, instead of the page's `sessionStorage`; `null`: nowhere.
   */
  constructor({ url, token, transports, storage = sessionStorageIfThere(), ...platform } = {}) {
    const { WebSocket = globalThis.WebSocket, fetch = globalThis.fetch?.bind(globalThis) } = platform;
    if (!url) throw new TypeError('url: say where the streams are');
    this.#url = String(url).replace(/\/+$/, '');
    this.#token = token;
    this.#transports = (transports ?? ['websocket', 'events']).filter(name => (name === 'websocket' ? WebSocket : fetch));
    if (!this.#transports.length) throw new TypeError('transports: neither WebSocket nor fetch is there');
    this.#shown = new Shown(storage);
    this.#open = { websocket: stream => overWebSocket(stream, WebSocket), events: stream => overEvents(stream, fetch) };
  }

  /** Where the engine stands: one of ChatEngineState. */
  get state() {
    return this.#state;
  }

  /** Listens to an event; several may listen to one. */
  on(event, listener) {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event).add(listener);
    this.#drain();
    return this;
  }

  /** Listens no more. */
  off(event, listener) {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  /** Connects, and connects again whenever it is cut. Resolves when the stream stands for the first time. */
  startChat() {
    if (this.#run) return this.#run.standing;
    const run = (this.#run = new Run());
    this.#keepConnected(run);
    return run.standing;
  }

  /** Ends it. What is not acknowledged by then comes with the next start. */
  endChat() {
    this.#run?.end();
    this.#run = null;
    this.#queue = [];
    this.#become(ChatEngineState.disconnected);
  }

  /** As endChat, and forgets all listeners. */
  destroy() {
    this.endChat();
    this.#listeners.clear();
  }

  async #keepConnected(run) {
    let failures = 0;
    let transport = 0;
    while (!run.ended) {
      this.#become(ChatEngineState.connecting);
      const token = await this.#currentToken(run);
      if (run.ended) return;
      if (token) {
        const cut = await this.#connect(run, token, this.#transports[transport]).catch(error => {
          this.#trouble('connection', 'no connection can be made with this url and token', error);
          return { tokenEnded: false, stoodForMs: null };
        });
        if (run.ended) return;
        this.#become(ChatEngineState.disconnected);
        if (cut.stoodForMs !== null) this.#tell('disconnected');
        if (cut.tokenEnded && !this.#asksForToken()) return this.#giveUp(run);
        // A WebSocket that is refused does not say why: it may be the token.
        if (cut.tokenEnded || cut.stoodForMs === null) run.token = null;
        // A proxy that lets no WebSocket pass may let events pass; after a stream that stood, the first choice again.
        transport = cut.stoodForMs === null ? (transport + 1) % this.#transports.length : 0;
        if (cut.stoodForMs >= STANDS_AFTER_MS) failures = 0;
      }
      failures += 1;
      await run.pause(Math.random() * Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** (failures - 1)));
    }
  }

  #giveUp(run) {
    this.#trouble('token', 'the token has ended: give a function as `token`, or listen to requestAuthToken');
    run.end(new Error('the token has ended'));
    if (this.#run === run) this.#run = null;
  }

  /** Who is asked for a token, if one can be asked for. */
  #asksForToken() {
    if (typeof this.#token === 'function') return this.#token;
    return this.#token ? undefined : [...(this.#listeners.get('requestAuthToken') ?? [])][0];
  }

  async #currentToken(run) {
    if (run.token) return run.token;
    const asks = this.#asksForToken();
    if (!asks) run.token = this.#token;
    try {
      run.token ??= await asks();
    } catch (error) {
      this.#trouble('token', 'no token could be had', error);
    }
    return run.token;
  }

  /** One connection from its opening to its end; resolves with how long it stood, and whether its token has ended. */
  #connect(run, token, transport) {
    return new Promise(resolve => {
      let silent;
      let within = HELLO_WITHIN_MS;
      let stoodAt = null;
      const heard = () => {
        clearTimeout(silent);
        silent = setTimeout(() => connection.close(), within);
      };
      const hello = ({ heartbeat_ms }) => {
        within = heartbeat_ms * SILENT_BEATS;
        heard();
        stoodAt = Date.now();
        this.#become(ChatEngineState.connected);
        this.#tell('connected');
        run.stands();
      };
      const closed = ({ tokenEnded = false }) => {
        clearTimeout(silent);
        this.#queue = this.#queue.filter(item => item.connection !== connection);
        run.connection = null;
        resolve({ tokenEnded, stoodForMs: stoodAt === null ? null : Date.now() - stoodAt });
      };
      const frame = text => this.#take(text, connection, hello);
      const connection = this.#open[transport]({ url: this.#url, token, heard, frame, closed });
      run.connection = connection;
      heard();
    });
  }

  #take(text, connection, hello) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch (error) {
      this.#trouble('frame', 'the server said something that is no JSON', error);
      return;
    }
    if (frame.hello) hello(frame.hello);
    // Others are heartbeats, or what a later server may say.
    if (!frame.id || !Number.isSafeInteger(frame.seq)) return;
    this.#queue.push({ frame, connection });
    this.#drain();
  }

  /** Hands what came to the listeners, one after the other. */
  async #drain() {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#queue.length) {
      const { frame, connection } = this.#queue[0];
      if (!this.#shown.has(frame.id)) {
        const listeners = this.#listenersFor(frame);
        if (!listeners.length) break;
        await this.#hand(listeners);
        this.#shown.add(frame.id);
      }
      // It may have been cut, or ended, while the listeners ran; what is sent again is known then.
      if (this.#queue[0]?.frame === frame) this.#queue.shift();
      connection.acknowledge(frame.seq);
    }
    this.#draining = false;
  }

  #listenersFor({ message, id }) {
    const of = (event, ...args) => [...(this.#listeners.get(event) ?? [])].map(listener => () => listener(...args));
    const text = message?.text ?? JSON.stringify(message);
    const custom = () => of('receivedCustomMessage', text, message);
    const whole = of('receivedMessage', message, id);
    if (message?.type === 'custom') return [...custom(), ...whole];
    const own = message?.type === 'announcement' ? of('announcement', text, message) : [];
    const told = [...own, ...whole];
    return told.length ? told : custom();
  }

  async #hand(listeners) {
    for (const listener of listeners) {
      try {
        await listener();
      } catch (error) {
        this.#trouble('listener', 'a listener failed', error);
      }
    }
  }

  #tell(event, ...args) {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(...args);
      } catch (error) {
        if (event !== 'errorOccurs') this.#trouble('listener', 'a listener failed', error);
      }
    }
  }

  #trouble(code, message, cause) {
    this.#tell('errorOccurs', Object.assign(new Error(message, { cause }), { code }));
  }

  #become(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.#tell('engineStateChange', state);
  }
}

/** Where an engine stands. */
export const ChatEngineState = Object.freeze({
  init: 'init',
  connecting: 'connecting',
  connected: 'connected',
  disconnected: 'disconnected',
});

/** An engine: see ChatEngine for what `options` may have. */
export const createChatEngine = options => new ChatEngine(options);

/** The vendor's name for where engines come from. */
export const ARTCAICallEngineFactory = Object.freeze({ createChatEngine });

/** One startChat until its end. */
class Run {
  ended = false;
  token = null;
  connection = null;
  #wake = null;

  constructor() {
    this.standing = new Promise((resolve, reject) => Object.assign(this, { stands: resolve, fails: reject }));
    // Nobody has to wait for it.
    this.standing.catch(() => {});
    globalThis.addEventListener?.('online', this.#online);
  }

  #online = () => this.#wake?.();

  /** Waits, but not after the end, and no longer than until the network is back. */
  pause(ms) {
    return new Promise(resolve => {
      if (this.ended) return resolve();
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  end(reason = new Error('the chat was ended')) {
    this.ended = true;
    globalThis.removeEventListener?.('online', this.#online);
    this.fails(reason);
    this.connection?.close();
    this.#wake?.();
  }
}

/** The ids of messages that were shown here, over loads of the page where there is a storage. */
class Shown {
  #ids = new Set();
  #storage;

  constructor(storage) {
    this.#storage = storage;
    this.#ids = this.#stored();
  }

  has(id) {
    return this.#ids.has(id);
  }

  add(id) {
    remember(this.#ids, id);
    // Another engine on this page may have added to it since.
    const stored = this.#stored();
    remember(stored, id);
    try {
      this.#storage?.setItem(STORAGE_KEY, JSON.stringify([...stored]));
    } catch {
      // Full or forbidden: this page still knows.
    }
  }

  #stored() {
    try {
      return new Set(JSON.parse(this.#storage?.getItem(STORAGE_KEY) ?? '[]'));
    } catch {
      // Somebody else's, or no storage after all: begin anew.
      return new Set();
    }
  }
}

function remember(ids, id) {
  ids.add(id);
  if (ids.size > SHOWN_MAX) ids.delete(ids.values().next().value);
}

function sessionStorageIfThere() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** A stream over a WebSocket. */
function overWebSocket({ url, token, heard, frame, closed }, WebSocket) {
  const address = `${url.replace(/^http/, 'ws')}/v1/stream`;
  const socket = new WebSocket(address, [PROTOCOL, `token.${token}`]);
  let over = false;
  const end = cut => {
    if (over) return;
    over = true;
    closed(cut);
  };
  socket.onmessage = ({ data }) => {
    if (over) return;
    heard();
    frame(data);
  };
  socket.onclose = ({ code }) => end({ tokenEnded: code === TOKEN_ENDED });
  socket.onerror = () => {};
  return {
    acknowledge(seq) {
      if (socket.readyState === 1) socket.send(JSON.stringify({ ack: seq }));
    },
    close() {
      socket.close();
      // A dead network does not let a close come to its end.
      end({});
    },
  };
}

/** A stream over server-sent events, read with fetch: EventSource can set no header. */
function overEvents({ url, token, heard, frame, closed }, fetch) {
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const acknowledgements = new Acknowledgements(seq =>
    fetch(`${url}/v1/stream/ack`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ ack: seq }),
      signal: AbortSignal.timeout(HELLO_WITHIN_MS),
    }),
  );
  const read = async () => {
    const answer = await fetch(`${url}/v1/stream`, {
      headers: { ...headers, accept: 'text/event-stream' },
      cache: 'no-store',
      signal: stop.signal,
    });
    if (!answer.ok) return { tokenEnded: answer.status === 401 };
    const events = new Events();
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return { tokenEnded: events.endedWith === String(TOKEN_ENDED) };
      if (stop.signal.aborted) return {};
      heard();
      events.take(value).forEach(frame);
    }
  };
  read().then(closed, () => closed({})).finally(() => acknowledgements.end());
  return {
    acknowledge: seq => acknowledgements.say(seq),
    close: () => stop.abort(),
  };
}

/** Says the latest acknowledgement, one at a time, again when it was not heard. */
class Acknowledgements {
  #post;
  #latest = -1;
  #said = -1;
  #busy = false;
  #ended = false;

  constructor(post) {
    this.#post = post;
  }

  async say(seq) {
    this.#latest = Math.max(this.#latest, seq);
    if (this.#busy) return;
    this.#busy = true;
    while (this.#said < this.#latest && !this.#ended) {
      const seq = this.#latest;
      const answer = await this.#post(seq).catch(() => null);
      if (answer?.ok) this.#said = seq;
      else await new Promise(resolve => setTimeout(resolve, BACKOFF_MS + Math.random() * BACKOFF_MS));
    }
    this.#busy = false;
  }

  end() {
    this.#ended = true;
  }
}

/** Takes a stream of server-sent events apart, as the HTML standard says; only data is of interest. */
class Events {
  #decoder = new TextDecoder();
  #rest = '';
  #data = [];
  #type = '';
  /** What the last event `end` said. */
  endedWith = null;

  take(bytes) {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop();
    return lines.flatMap(line => this.#line(line.replace(/\r$/, '')));
  }

  #line(line) {
    if (line === '') return this.#dispatch();
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === 'data') this.#data.push(value);
    if (field === 'event') this.#type = value;
    return [];
  }

  #dispatch() {
    const [data, type] = [this.#data.join('\n'), this.#type];
    [this.#data, this.#type] = [[], ''];
    if (type === 'end') this.endedWith = data;
    return data && type !== 'end' ? [data] : [];
  }
}

globalThis.UsherChat = { ChatEngine, ChatEngineState, createChatEngine, ARTCAICallEngineFactory };
