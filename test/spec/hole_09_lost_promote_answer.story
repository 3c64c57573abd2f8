# The promotion is carried out, its answer is lost. That attempt is over: nobody else is promoted
# under its epoch, and the next attempt has a new one.
world nodes=3 clients=1 writes=5ms durable down_after=300ms
start
await 2s settled
advance 500ms
mark
when b before promote: cut b > A
kill a
advance 1s
expect promotions 1
heal
await 5s settled
expect durable_lost 0
await 1s A writes
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (A) info: b is slave
   128 (A) info: c is slave
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   649 (A) warning: MASTER is down! (a)
   649 (A) info: orientating (connection lost, 2/3 nodes up) ...
   649 (A) tells: a: connection lost
   649 (A) info: a is down (refused)
   649 (A) warning: invalid master count: 0
   649 (A) info: attempting failover!
   649 (A) info: my failover id: <id 2>
   649 (A) info: lock was a success!
   650 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
   650 now: cut b > A
   950 (A) info: b is down (silent)
   950 (A) info: giving up: the promotion was not answered
   950 (A) info: subSlave went down, renegotiated to c
   973 (A) warning: refusing to orientate without a majority up!
  1649 (A) info: b is up
  1649 (A) debug: still using c as subSlave
  1649 (A) info: ready, using b as master
  1649 (A) info: a majority is there again: writing
  1649 (A) info: making c into a slave...
  1649 (A) info: c is slave
a: down
b: master, epoch 2, 107 keys
c: replica of b, linked, epoch 2, 107 keys
A: ready, uses b, epoch 2
