# The answer to a seal is lost with its link. The chosen of a person cannot be promoted unsealed; nor
# is anybody else while the living master could not be sealed.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
mark
when c before seal: kick c
takeover A c
await 3s A done refused
await 3s A writes
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
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (a person takes over, 3/3 nodes up) ...
  1022 (A) tells: a: a person takes over
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 2>
  1022 (A) info: lock was a success!
  1022 now: kick c
  1022 (A) info: giving up: the chosen node could not be sealed
  1022 (A) done, refused: the chosen node could not be sealed
  1041 (A) warning: others still hear the master: waiting
  2045 (A) warning: invalid master count: 0
  2045 (A) info: attempting failover!
  2045 (A) info: my failover id: <id 3>
  2045 (A) info: lock was a success!
  2047 (A) info: a had highest opcounter (106) of 3 nodes. congrats!
  2048 (A) debug: still using c as subSlave
  2048 (A) info: ready, using a as master
  2048 (A) info: publishing gossip:master for a
  2048 (A) info: making b into a slave...
  2048 (A) info: making c into a slave...
  2048 (A) info: b is slave
  2048 (A) info: c is slave

# A promise that the master's epoch cannot answer: it is promoted anew, if it can be sealed.
await 3s settled
advance 1s
replicaof c b
promise c 99
when a before seal: unlock a
advance 2s
await 3s settled
await 1s A writes
expect A master a
expect lost 0
----
  3178 (A) info: electing a again: a node has promised a newer epoch
  3178 (A) info: switching master...
  3178 (A) tells: a is no longer master
  3178 (A) warning: invalid master count: 0
  3178 (A) info: attempting failover!
  3178 (A) info: my failover id: <id 4>
  3178 (A) info: lock was a success!
  3180 now: unlock a
  3180 (A) info: giving up: the living master could not be sealed
  3195 (A) warning: invalid master count: 0
  3195 (A) info: attempting failover!
  3195 (A) info: my failover id: <id 5>
  3195 (A) info: lock was a success!
  3195 (A) info: a had highest opcounter (342) of 3 nodes. congrats!
  3196 (A) debug: still using c as subSlave
  3196 (A) info: ready, using a as master
  3196 (A) info: publishing gossip:master for a
  3196 (A) info: making b into a slave...
  3196 (A) info: making c into a slave...
  3196 (A) info: b is slave
  3196 (A) info: c is slave
a: master, epoch 101, 717 keys
b: replica of a, linked, epoch 101, 717 keys
c: replica of a, linked, epoch 101, 717 keys
A: ready, uses a, epoch 101
