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
   575 (A) info: renegotating subSlave away from master
   575 (A) info: subSlave is now c
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
  1112 (A) info: a is up
  1112 (A) warning: invalid master count: 0
  1112 (A) info: attempting failover!
  1112 (A) info: my failover id: <id 3>
  1112 (A) info: lock was a success!
  1113 (A) info: giving up: every sealed node restarted and may miss data
  1131 (A) warning: invalid master count: 0
  1131 (A) info: attempting failover!
  1131 (A) info: my failover id: <id 4>
  1131 (A) info: lock was a success!
  1131 (A) info: giving up: every sealed node restarted and may miss data
  1170 (A) warning: invalid master count: 0
  1170 (A) info: attempting failover!
  1170 (A) info: my failover id: <id 5>
  1170 (A) info: lock was a success!
  1170 (A) info: giving up: every sealed node restarted and may miss data
  1202 (A) warning: invalid master count: 0
  1202 (A) info: attempting failover!
  1202 (A) info: my failover id: <id 6>
  1202 (A) info: lock was a success!
  1202 (A) info: giving up: every sealed node restarted and may miss data
  1239 (A) warning: invalid master count: 0
  1239 (A) info: attempting failover!
  1239 (A) info: my failover id: <id 7>
  1239 (A) info: lock was a success!
  1239 (A) info: giving up: every sealed node restarted and may miss data
  1318 (A) warning: invalid master count: 0
  1318 (A) info: attempting failover!
  1318 (A) info: my failover id: <id 8>
  1318 (A) info: lock was a success!
  1318 (A) info: giving up: every sealed node restarted and may miss data
  1498 (A) warning: invalid master count: 0
  1498 (A) info: attempting failover!
  1498 (A) info: my failover id: <id 9>
  1498 (A) info: lock was a success!
  1498 (A) info: giving up: every sealed node restarted and may miss data
  1719 (A) warning: invalid master count: 0
  1719 (A) info: attempting failover!
  1719 (A) info: my failover id: <id 10>
  1719 (A) info: lock was a success!
  1719 (A) info: giving up: every sealed node restarted and may miss data
  1719 (A) tells: no master after 8 attempts: every sealed node restarted and may miss data; haredis status shows the nodes, haredis takeover picks one
  2137 (A) warning: invalid master count: 0
  2137 (A) info: attempting failover!
  2137 (A) info: my failover id: <id 11>
  2137 (A) info: lock was a success!
  2137 (A) info: giving up: every sealed node restarted and may miss data
  2562 (A) warning: invalid master count: 0
  2562 (A) info: attempting failover!
  2562 (A) info: my failover id: <id 12>
  2562 (A) info: lock was a success!
  2562 (A) info: giving up: every sealed node restarted and may miss data
  3290 (A) warning: invalid master count: 0
  3290 (A) info: attempting failover!
  3290 (A) info: my failover id: <id 13>
  3290 (A) info: lock was a success!
  3290 (A) info: giving up: every sealed node restarted and may miss data
  3575 (A) warning: invalid master count: 0
  3575 (A) info: attempting failover!
  3575 (A) info: my failover id: <id 14>
  3575 (A) info: lock was a success!
  3575 (A) info: giving up: every sealed node restarted and may miss data
  4148 (A) warning: invalid master count: 0
  4148 (A) info: attempting failover!
  4148 (A) info: my failover id: <id 15>
  4148 (A) info: lock was a success!
  4148 (A) info: giving up: every sealed node restarted and may miss data
  4925 (A) warning: invalid master count: 0
  4925 (A) info: attempting failover!
  4925 (A) info: my failover id: <id 16>
  4925 (A) info: lock was a success!
  4925 (A) info: giving up: every sealed node restarted and may miss data
  5371 (A) warning: invalid master count: 0
  5371 (A) info: attempting failover!
  5371 (A) info: my failover id: <id 17>
  5371 (A) info: lock was a success!
  5371 (A) info: giving up: every sealed node restarted and may miss data
  5750 (A) warning: invalid master count: 0
  5750 (A) info: attempting failover!
  5750 (A) info: my failover id: <id 18>
  5750 (A) info: lock was a success!
  5750 (A) info: giving up: every sealed node restarted and may miss data

start b
await 5s A writes
await 5s settled
expect promotions 2
expect lost 0
----
  6100 (A) info: b is up
  6313 (A) warning: invalid master count: 0
  6313 (A) info: attempting failover!
  6313 (A) info: my failover id: <id 19>
  6313 (A) info: lock was a success!
  6313 (A) info: b had highest opcounter (106) of 3 nodes. congrats!
  6314 (A) debug: still using c as subSlave
  6314 (A) info: ready, using b as master
  6314 (A) info: publishing gossip:master for b
  6314 (A) info: making a into a slave...
  6314 (A) info: making c into a slave...
  6314 (A) info: a is slave
  6314 (A) info: c is slave
a: replica of b, linked, epoch 19, 109 keys
b: master, epoch 19, 109 keys
c: replica of b, linked, epoch 19, 109 keys
A: ready, uses b, epoch 19
