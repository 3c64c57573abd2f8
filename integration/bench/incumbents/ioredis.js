/*
 * The writer with ioredis and Sentinel.
 *   node ioredis.js sentinels=HOST:PORT,... [wait=1] rate=N key=K records=FILE
 * wait=1: a write counts as acknowledged when WAIT says that one replica has it; writes go in groups,
 * one under way at a time. The settings are explained in README.md.
 */
'use strict';
const { Redis } = require('ioredis');
const writer = require('./writer.js');

const client = new Redis({
  sentinels: writer.nodes(writer.words.sentinels),
  name: 'mymaster',
  failoverDetector: true,
  retryStrategy: () => 10,
  sentinelRetryStrategy: () => 10,
  sentinelReconnectStrategy: () => 100,
  sentinelCommandTimeout: 300,
  connectTimeout: 300,
  disconnectTimeout: 10,
  maxRetriesPerRequest: null,
  reconnectOnError: (error) => (/^(READONLY|UNBLOCKED)/.test(error.message) ? 2 : false),
});
client.on('error', (error) => console.error(error.message));
/* A failover that is heard of while it reconnects ends it for good: begin again. */
client.on('end', () => setTimeout(() => client.connect().catch(() => {}), 10));

let group = [], busy = false;

function send_group() {
  if (busy || group.length === 0) return;
  const writes = group, pipeline = client.pipeline();
  group = [];
  busy = true;
  for (const write of writes) pipeline.rpush(writer.words.key, write.id);
  pipeline.wait(1, 1000);
  pipeline.exec((error, replies) => {
    const waited = replies && replies[writes.length];
    const held = waited && !waited[0] && waited[1] >= 1;
    writes.forEach((write, i) => {
      write.done(error || replies[i][0] || (held ? null : new Error('not held by a replica')));
    });
    busy = false;
    send_group();
  });
}

writer.run((id, done) => {
  if (writer.words.wait !== '1') {
    client.rpush(writer.words.key, id, done);
    return;
  }
  group.push({ id, done });
  send_group();
});
