// A tiny stand-in for delivery's streams, which keeps what waits until it is acknowledged and does what a test tells it.

import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

export class Server {
  /** What waits: { seq, id, message }. */
  waiting = [];
  /** All sequence numbers that were acknowledged. */
  acknowledged = [];
  /** The streams that are open: { say(frame), end(code), cut() }. */
  streams = [];
  /** How each stream was opened: its transport and token. */
  opened = [];
  /** Tokens that count; null: any. */
  tokens = null;
  /** What is refused: 'websocket', 'events', 'ack'. */
  refused = new Set();
  heartbeatMs = 200;
  #http;
  #sockets = new Set();

  static async start(port = 0) {
    const server = new Server();
    server.#http = createServer((request, answer) => server.#answer(request, answer));
    server.#http.on('connection', socket => {
      server.#sockets.add(socket);
      socket.on('close', () => server.#sockets.delete(socket));
    });
    const webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'usher.v1' });
    server.#http.on('upgrade', (request, socket, head) => {
      const protocols = request.headers['sec-websocket-protocol'].split(',').map(name => name.trim());
      const token = protocols.find(name => name.startsWith('token.')).slice('token.'.length);
      server.opened.push(['websocket', token]);
      if (server.refused.has('websocket')) return socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
      if (!server.#counts(token)) return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      webSockets.handleUpgrade(request, socket, head, webSocket => server.#serveWebSocket(webSocket));
    });
    await new Promise(resolve => server.#http.listen(port, '127.0.0.1', resolve));
    server.port = server.#http.address().port;
    server.url = `http://127.0.0.1:${server.port}`;
    return server;
  }

  /** Puts a message in, and says it to whoever listens. */
  put(seq, message, id = `id-${seq}`) {
    const frame = { seq, id, message };
    this.waiting.push(frame);
    this.streams.forEach(stream => stream.say(frame));
  }

  /** Cuts all connections without a word. */
  cut() {
    this.#sockets.forEach(socket => socket.destroy());
  }

  async stop() {
    const stopped = new Promise(resolve => this.#http.close(resolve));
    this.cut();
    await stopped;
  }

  #counts(token) {
    return !this.tokens || this.tokens.includes(token);
  }

  #acknowledge(seq) {
    this.acknowledged.push(seq);
    this.waiting = this.waiting.filter(frame => frame.seq > seq);
  }

  #begin(stream) {
    this.streams.push(stream);
    stream.say({ hello: { heartbeat_ms: this.heartbeatMs, expires_in_ms: 3_600_000 } });
    this.waiting.forEach(frame => stream.say(frame));
    const beat = setInterval(() => this.silent || stream.beat(), this.heartbeatMs);
    return () => {
      clearInterval(beat);
      this.streams = this.streams.filter(other => other !== stream);
    };
  }

  #serveWebSocket(webSocket) {
    const say = frame => webSocket.send(JSON.stringify(frame));
    const end = this.#begin({ say, beat: () => say({}), end: code => webSocket.close(code) });
    webSocket.on('message', text => this.#acknowledge(JSON.parse(text).ack));
    webSocket.on('close', end);
  }

  async #answer(request, answer) {
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (request.url === '/v1/stream/ack') {
      let body = '';
      for await (const part of request) body += part;
      if (this.refused.has('ack')) return answer.writeHead(503).end();
      this.#acknowledge(JSON.parse(body).ack);
      return answer.writeHead(204).end();
    }
    this.opened.push(['events', token]);
    if (this.refused.has('events')) return answer.writeHead(503).end();
    if (!this.#counts(token)) return answer.writeHead(401).end();
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    const say = frame => answer.write(`id: ${frame.seq ?? ''}\ndata: ${JSON.stringify(frame)}\n\n`);
    const over = code => answer.end(`event: end\ndata: ${code}\n\n`);
    const end = this.#begin({ say, beat: () => answer.write(': beat\n\n'), end: over });
    answer.on('close', end);
  }
}
