# The master and one client are cut off; b is elected. c restarts and is reachable for both sides: it
# comes up sealed, not attached to the deposed master, whose WAIT can never succeed again. It has
# forgotten what it promised, so b's side does not count it either until it is vouched for.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
cut a,A b,c,B
await 2s B master b
advance 200ms
expect B writes
kill c
heal A,a c
start c
advance 1ms
expect c sealed
mark
advance 5s
expect A silent
expect c sealed
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
  2230 (A) info: c is up
  2230 (A) info: switching master...
  2230 (A) tells: a is no longer master
  2792 (B) info: defaulting to master as subSlave
  3230 (A) warning: too few nodes with a known history are there
  5330 (B) warning: c has forgotten its promises: waiting for others to vouch
  5330 (B) tells: c restarted, or somebody flushed it, while too few nodes answer to know that no newer master exists: it waits for one of them, or for haredis takeover
  6234 (A) tells: no master: too few nodes with a known history are there; haredis status shows the nodes, haredis takeover picks one

heal
await 3s settled
expect master b
expect durable_lost 0
await 1s A writes
----
  7231 (A) info: b is up
  7231 (B) info: a is up
  7231 (A) debug: still using a as subSlave
  7231 (A) info: ready, using b as master
  7231 (B) warning: a has 249 writes that nobody else has
  7231 (B) tells: a has 249 writes that nobody else has: they are dropped
  7231 (B) warning: master conflict detected
  7231 (B) info: making a into a slave...
  7231 (A) info: a majority is there again: writing
  7231 (A) warning: a has 249 writes that nobody else has
  7231 (A) tells: a has 249 writes that nobody else has: they are dropped
  7231 (A) warning: master conflict detected
  7231 (A) info: making a into a slave...
  7231 (A) debug: giving up: another client has the lock
  7231 (A) info: making c into a slave...
  7231 (B) info: a is slave
  7232 (A) info: c is slave
  7232 (B) info: renegotating subSlave away from master
  7232 (B) info: subSlave is now c
a: replica of b, linked, epoch 2, 265 keys
b: master, epoch 2, 266 keys
c: replica of b, linked, epoch 2, 265 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
