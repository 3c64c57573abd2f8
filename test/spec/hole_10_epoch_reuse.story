# b is promoted under 2 and dies before anybody follows it; c, which had promised 2, restarts and
# forgets; the old master comes back. What b may hold is missing: nobody is elected on the word of
# nodes that have forgotten. With b back, all are there, and the next epoch is a new one.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
mark
when b after promote: kill b
kill a
advance 50ms
expect promotions 1
kill c
start c
start a
advance 5s
expect promotions 1
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
  1083 (A) info: a is up
  1083 (A) warning: of the nodes that answer none is known to have all data
  4094 (A) tells: no master: of the nodes that answer none is known to have all data; haredis status shows the nodes, haredis takeover picks one

start b
await 5s A writes
await 5s settled
expect promotions 2
expect lost 0
----
  6322 (A) info: b is up
  6322 (A) warning: invalid master count: 0
  6322 (A) info: attempting failover!
  6322 (A) info: my failover id: <id 3>
  6322 (A) info: lock was a success!
  6323 (A) info: b had highest opcounter (106) of 3 nodes. congrats!
  6323 (A) debug: still using c as subSlave
  6323 (A) info: ready, using b as master
  6323 (A) info: publishing gossip:master for b
  6323 (A) info: making a into a slave...
  6323 (A) info: making c into a slave...
  6324 (A) info: a is slave
  6324 (A) info: c is slave
a: replica of b, linked, epoch 3, 109 keys
b: master, epoch 3, 109 keys
c: replica of b, linked, epoch 3, 109 keys
A: ready, uses b, epoch 3
