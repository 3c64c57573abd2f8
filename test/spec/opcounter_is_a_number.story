# Everything restarts from append-only files, so no two histories can be compared, only how many
# writes were counted. c's file ends at less than 100, b's at more: as strings "99" would be the
# higher one.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 440ms
save c
advance 300ms
kill a
kill b
kill c
start a empty
start b rebased
start c rebased_older
expect c keys 93
expect b keys 155
await 5s A master b
expect lost 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
  1262 (A) warning: MASTER is down! (a)
  1262 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1262 (A) tells: a: connection lost
  1262 (A) warning: invalid master count: 0
  1262 (A) info: attempting failover!
  1262 (A) info: my failover id: <id 2>
  1262 (A) info: lock was a success!
  1263 (A) info: b had highest opcounter (155) of 3 nodes. congrats!
  1263 (A) debug: still using c as subSlave
  1263 (A) info: ready, using b as master
  1263 (A) info: publishing gossip:master for b
  1263 (A) info: making a into a slave...
  1263 (A) info: making c into a slave...
a: replica of b, asking, no record, locked, 0 keys
b: master, epoch 2, locked, 155 keys
c: replica of b, asking, epoch 1, locked, 93 keys
A: ready, uses b, epoch 2
