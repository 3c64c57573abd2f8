# b is down, c restarts: what c promised before is forgotten, and nobody but the master itself can say
# that no newer one exists. c waits sealed, plain writes go on, durable ones wait. With b back all
# three are there, and nothing can be hidden any more.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
kill b
advance 100ms
kill c
start c
mark
advance 5s
expect master a
expect c sealed
expect A silent
expect promotions 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   576 (A) info: renegotating subSlave away from master
   576 (A) info: subSlave is now c
   576 (B) info: renegotating subSlave away from master
   576 (B) info: subSlave is now c
  1022 (B) info: b is down (refused)
  1022 (A) info: b is down (refused)
  1633 (B) info: defaulting to master as subSlave
  1633 (A) info: defaulting to master as subSlave
  4222 (B) warning: c has forgotten its promises: waiting for others to vouch
  4222 (B) tells: c restarted, or somebody flushed it, while too few nodes answer to know that no newer master exists: it waits for one of them, or for haredis takeover
  4222 (A) warning: c has forgotten its promises: waiting for others to vouch
  4222 (A) tells: c restarted, or somebody flushed it, while too few nodes answer to know that no newer master exists: it waits for one of them, or for haredis takeover

start b
await 3s settled
await 1s A writes
expect durable_lost 0
expect promotions 0
----
  6162 (A) info: b is up
  6222 (A) info: making c into a slave...
  6222 (A) info: c is slave
  6222 (A) info: renegotating subSlave away from master
  6222 (A) info: subSlave is now c
  6222 (B) info: renegotating subSlave away from master
  6222 (B) info: subSlave is now c
  6262 (A) info: making b into a slave...
  6262 (A) info: b is slave
  6296 (B) info: b is up
a: master, epoch 1, 259 keys
b: replica of a, linked, epoch 1, 259 keys
c: replica of a, linked, epoch 1, 259 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
