# a and A are cut off; B makes b the master with c. Then c restarts empty, and it is A whom it meets.
# It has forgotten that it helped to elect another: what A holds back must not go to a, which is a
# master of the past. With b back in sight A learns of it and writes there.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
cut a,A b,c,B
await 2s B master b
advance 100ms
expect A pause no_quorum
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
  1344 (A) warning: cut off from the majority: holding writes
  1344 (A) tells: fewer than 2 nodes heard for 300 ms
  1537 (A) info: defaulting to master as subSlave
  1676 (A) info: b is down (silent)
  1676 (A) info: c is down (silent)
  2021 (B) warning: MASTER is down! (a)
  2021 (B) info: orientating (silent, 2/3 nodes up) ...
  2021 (B) tells: a: silent
  2027 (B) warning: invalid master count: 0
  2027 (B) info: attempting failover!
  2027 (B) info: my failover id: <id 3>
  2027 (B) info: lock was a success!
  2029 (B) info: b had highest opcounter (213) of 2 nodes. congrats!
  2030 (B) debug: still using c as subSlave
  2030 (B) info: ready, using b as master
  2030 (B) info: publishing gossip:master for b
  2030 (B) info: making c into a slave...
  2030 (B) info: c is slave

cut c b,B
kill c
heal a,A c
start c empty
mark
advance 3s
expect A pause no_quorum
expect promotions 0
----
  2130 (A) info: c is up
  2501 (B) warning: cut off from the majority: holding writes
  2501 (B) tells: fewer than 2 nodes heard for 300 ms
  2792 (B) info: defaulting to master as subSlave
  3100 (B) info: c is down (silent)

heal
await 1s A master b
await 3s settled
await 1s A writes
expect durable_lost 0
expect promotions 0
----
  5130 (A) info: b is up
  5130 (B) info: a is up
  5130 (B) info: c is up
  5130 (A) debug: still using a as subSlave
  5130 (A) info: ready, using b as master
  5130 (A) info: a majority is there again: writing
  5130 (A) warning: a has 249 writes that nobody else has
  5130 (A) tells: a has 249 writes that nobody else has: they are dropped
  5130 (A) warning: master conflict detected
  5130 (A) info: making a into a slave...
  5130 (B) warning: a has 249 writes that nobody else has
  5130 (B) tells: a has 249 writes that nobody else has: they are dropped
  5130 (B) warning: master conflict detected
  5130 (B) info: making a into a slave...
  5130 (B) info: a majority is there again: writing
  5130 (B) debug: giving up: another client has the lock
  5130 (B) info: making c into a slave...
  5130 (A) info: a is slave
  5131 (B) info: c is slave
  5212 (B) info: renegotating subSlave away from master
  5212 (B) info: subSlave is now c
a: replica of b, linked, epoch 2, 324 keys
b: master, epoch 2, 324 keys
c: replica of b, linked, epoch 2, 324 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
