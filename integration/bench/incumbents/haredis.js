/*
 * The writer with the original haredis for Node.js. No Sentinel: it elects by itself.
 *   node haredis.js nodes=HOST:PORT,... rate=N key=K records=FILE
 */
'use strict';
const util = require('util');
if (!util.isArray) util.isArray = Array.isArray; /* it is of 2013; Node.js 23 took this away */
const redis = require('haredis');
const writer = require('./writer.js');

const client = redis.createClient(writer.words.nodes.split(','), {
  reorientate_wait: Number(writer.words.wait_ms || 100),
});
client.on('error', (error) => console.error(String(error)));

writer.run((id, done) => client.rpush(writer.words.key, id, done));
