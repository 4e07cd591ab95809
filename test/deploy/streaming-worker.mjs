/**
 * Read before each function of the emulator, whose runtime has no response streaming: the answer is collected and given
 * back whole, as of an integration that does not stream. Its bytes and its headers stay what they are. And it tells when all
 * is printed that an invocation prints: see emulator.py.
 */
import { Writable } from 'node:stream';

/** A stream without an end must be given up. A server that answers at all does so sooner. */
const PATIENCE_MS = 3_000;

const END_OF_OUTPUT = '~ end of output ~';

class Collected extends Writable {
  head;
  #chunks = [];

  _write(chunk, _encoding, done) {
    this.#chunks.push(chunk);
    done();
  }

  answer() {
    const { statusCode, headers } = this.head;
    return {
      statusCode,
      // An empty one stands for none: the emulator would add its own.
      headers: { 'content-type': '', ...headers },
      isBase64Encoded: true,
      body: Buffer.concat(this.#chunks).toString('base64'),
    };
  }
}

globalThis.awslambda = {
  streamifyResponse: (handler) => async (event, context) => {
    const stream = new Collected();
    let impatience;
    const givenUp = new Promise((_resolve, reject) => {
      impatience = setTimeout(reject, PATIENCE_MS, new Error('The emulator waits no longer for its end'));
    });
    await Promise.race([handler(event, stream, context), givenUp]);
    clearTimeout(impatience);
    return stream.answer();
  },
  HttpResponseStream: {
    from(stream, head) {
      stream.head = head;
      return stream;
    },
  },
};

// The runtime of the emulator prints answers here, and all that a function prints to the other one.
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...more) => {
  if (/^{"status":"(ok|error)"/.test(text)) process.stderr.write(`${END_OF_OUTPUT}\n`);
  return print(text, ...more);
};
