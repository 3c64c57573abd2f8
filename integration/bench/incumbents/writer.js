/*
 * What the writers in Node.js have in common with integration/lib/app.c: counted writes at a rate, in
 * time even when the answers are late; a record of each (struct record of integration/lib/record.h),
 * flushed often; an end in order at SIGTERM. It does not know which library writes.
 */
'use strict';
const fs = require('fs');

const KIND_WRITE = 1, KIND_END = 3;
const ACKED = 0, SERVER_ERROR = 1000, NO_ANSWER = 1001;
const RECORD_BYTES = 32, PATIENCE_MS = 1500;

const words = {};
for (const word of process.argv.slice(2)) {
  const equals = word.indexOf('=');
  words[word.slice(0, equals)] = word.slice(equals + 1);
}
exports.words = words;

exports.nodes = (text) => text.split(',').map((node) => {
  const colon = node.lastIndexOf(':');
  return { host: node.slice(0, colon), port: Number(node.slice(colon + 1)) };
});

/* CLOCK_MONOTONIC, as every program of the measurement. */
function now_us() {
  return process.hrtime.bigint() / 1000n;
}

/* send(id, done): one write; done(error) once, with a falsy error when it is acknowledged. */
exports.run = function (send) {
  const file = fs.openSync(words.records, 'w');
  const rate = BigInt(words.rate || 1000), start = now_us();
  const waiting = new Map();
  let room = Buffer.alloc(1 << 16), used = 0, sent = 0, ending = false;

  function flush() {
    if (used > 0) fs.writeSync(file, room, 0, used);
    used = 0;
  }

  function put(kind, id, code, sent_us) {
    if (used + RECORD_BYTES > room.length) flush();
    room.writeBigInt64LE(now_us(), used);
    room.writeBigInt64LE(sent_us, used + 8);
    room.writeBigUInt64LE(BigInt(id), used + 16);
    room.writeInt32LE(kind, used + 24);
    room.writeInt32LE(code, used + 28);
    used += RECORD_BYTES;
  }

  function settle(id, code) {
    const sent_us = waiting.get(id);
    if (sent_us === undefined) return;
    waiting.delete(id);
    put(KIND_WRITE, id, code, sent_us);
  }

  function write_one() {
    const id = ++sent;
    waiting.set(id, now_us());
    send(id, (error) => {
      const reply = error && /^[A-Z]+ /.test(error.message || String(error));
      settle(id, !error ? ACKED : reply ? SERVER_ERROR : NO_ANSWER);
    });
  }

  function end() {
    for (const id of [...waiting.keys()]) settle(id, NO_ANSWER);
    put(KIND_END, sent, 0, 0n);
    flush();
    process.exit(0);
  }

  setInterval(() => {
    const due = ending ? 0n : (now_us() - start) * rate / 1000000n;
    while (BigInt(sent) < due) write_one();
    if (ending && waiting.size === 0) end();
  }, 1);
  setInterval(flush, 20);
  process.on('SIGTERM', () => {
    ending = true;
    setTimeout(end, PATIENCE_MS);
  });
};
