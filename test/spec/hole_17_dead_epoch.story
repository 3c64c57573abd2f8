# b was promoted under 2 and died before it could tell anybody. The others are of 1: they are not
# excluded for that, the highest among those sealed counts.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
mark
when b after promote: kill b
kill a
advance 100ms
start a
await 10s A writes
await 5s settled
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
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 2>
  1022 (A) info: lock was a success!
  1023 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  1023 now: kill b
  1023 (A) debug: still using c as subSlave
  1023 (A) info: ready, using b as master
  1023 (A) info: publishing gossip:master for b
  1023 (A) info: making c into a slave...
  1023 (A) warning: MASTER is down! (b)
  1023 (A) debug: giving up: the master is gone
  1023 (A) info: orientating (connection lost, 1/3 nodes up) ...
  1023 (A) tells: b: connection lost
  1023 (A) info: gossip said b was promoted!
  1023 (A) warning: refusing to orientate without a majority up!
  1023 (A) info: b is down (refused)
  1140 (A) info: a is up
  1140 (A) warning: invalid master count: 0
  1140 (A) info: attempting failover!
  1140 (A) info: my failover id: <id 3>
  1140 (A) info: lock was a success!
  1141 (A) info: c had highest opcounter (106) of 2 nodes. congrats!
  1141 (A) debug: defaulting to master as subSlave
  1141 (A) info: ready, using c as master
  1141 (A) info: publishing gossip:master for c
  1141 (A) info: making a into a slave...
  1142 (A) info: a is slave
a: replica of c, linked, epoch 3, 107 keys
b: down
c: master, epoch 3, 107 keys
A: ready, uses c, epoch 3
