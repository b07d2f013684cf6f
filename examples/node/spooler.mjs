// A client of the spooler, written from docs/protocol.md. It needs @msgpack/msgpack and nothing else.
//
// The connection may break at any time, and then nobody knows what arrived. So `submit` sends the same tickets again
// over a new connection: the spooler answers what it answered the first time, and never makes a second card of it.

import net from "node:net";
import { decodeMultiStream, encode } from "@msgpack/msgpack";

const REQUEST = 0, REPLY = 1, NOTIFICATION = 2;
const HIGHEST = 4294967295;
const ENDED = new Set(["completed", "canceled", "aborted"]);
const MOST_WAIT_MS = 30_000;

/** What the spooler answered: `code` is for programs, `message` for people. */
export class SpoolerError extends Error {
  constructor({ code, message, field, retry_after_ms: retryAfterMs, details }) {
    super(message);
    Object.assign(this, { code, field, retryAfterMs, details });
  }
}

/** The connection is over; whether a request arrived is not known. */
export class ConnectionLost extends Error {}

/** "unix:/path" or "tcp:host:port", as net.connect wants it. */
export function parseAddress(address) {
  const [, scheme, rest] = /^(unix|tcp):(.+)$/.exec(address) ?? [];
  if (scheme === "unix") return { path: rest };
  const [, host, port] = /^(.+):(\d+)$/.exec(rest ?? "") ?? [];
  if (!host) throw new TypeError(`${address} is no address: write unix:/path or tcp:host:port`);
  return { host, port: Number(port) };
}

class Connection {
  constructor(socket, onNotification) {
    this.socket = socket;
    this.onNotification = onNotification;
    this.waiting = new Map(); // msgid -> {resolve, reject}
    this.last = 0;
    this.lost = null;
    socket.on("error", () => {}); // the reader below ends with it
    this.reading = this.read();
  }

  async read() {
    let why = new ConnectionLost("the spooler closed the connection");
    try {
      for await (const [type, ...rest] of decodeMultiStream(this.socket)) {
        if (type === NOTIFICATION) this.onNotification?.(rest[0], rest[1][0]);
        else if (type === REPLY) {
          const [msgid, error, result] = rest;
          const asked = this.waiting.get(msgid);
          if (asked === undefined && error) why = new SpoolerError(error); // msgid 0: its last word
          this.waiting.delete(msgid);
          if (error) asked?.reject(new SpoolerError(error));
          else asked?.resolve(result);
        }
      }
    } catch (error) {
      why = new ConnectionLost(`the connection broke: ${error.message}`);
    }
    this.lost = why;
    for (const asked of this.waiting.values()) asked.reject(why);
    this.waiting.clear();
  }

  request(method, params = {}) {
    if (this.lost) return Promise.reject(this.lost);
    this.last = (this.last % HIGHEST) + 1;
    const msgid = this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(msgid, { resolve, reject });
      this.socket.write(encode([REQUEST, msgid, method, [params]]));
    });
  }

  close() {
    this.socket.destroy();
  }
}

export class Spooler {
  /** `address`: see parseAddress. `onNotification(name, map)`: what a watch tells. `tries`: connections for one call. */
  constructor(address, { application, token, onNotification, tries = 8, firstPauseMs = 200 } = {}) {
    Object.assign(this, { address: parseAddress(address), application, token, onNotification, tries, firstPauseMs });
    this.connection = null;
  }

  /** The connection, made and greeted if there is none. */
  async connect() {
    if (this.connection && !this.connection.lost) return this.connection;
    const socket = net.connect(this.address);
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", (error) => reject(new ConnectionLost(`cannot connect: ${error.message}`)));
    });
    const connection = new Connection(socket, this.onNotification);
    const hello = { application: this.application, versions: [1] };
    this.hello = await connection.request("hello", this.token ? { ...hello, token: this.token } : hello);
    this.connection = connection;
    return connection;
  }

  /**
   * One request. With `again`, it is sent anew after a lost connection, and after `busy` when the spooler says: for
   * requests that may arrive twice. All that only ask may; so may `submit`, because of its tickets.
   */
  async call(method, params = {}, { again = true } = {}) {
    for (let tried = 1; ; tried++) {
      try {
        return await (await this.connect()).request(method, params);
      } catch (error) {
        const passes = error instanceof ConnectionLost || error.retryAfterMs !== undefined;
        if (!again || !passes || tried >= this.tries) throw error;
        const pause = error.retryAfterMs ?? this.firstPauseMs * 2 ** (tried - 1);
        await new Promise((wake) => setTimeout(wake, Math.min(pause, MOST_WAIT_MS)));
      }
    }
  }

  /** One answer for each job, in order: {id, number, state, repeat}, or {error}. */
  submit(jobs) {
    return this.call("submit", { jobs });
  }

  /** The job when it has ended. `onChange(job)` is told of every state before that. */
  async ended(id, onChange = () => {}) {
    let job = await this.call("job", { id });
    while (!ENDED.has(job.state)) {
      onChange(job);
      job = await this.call("job", { id, version: job.version, wait_ms: MOST_WAIT_MS });
    }
    return job;
  }

  close() {
    this.connection?.close();
  }
}
