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
  1083 (A) warning: invalid master count: 0
  1083 (A) info: attempting failover!
  1083 (A) info: my failover id: <id 3>
  1083 (A) info: lock was a success!
  1084 (A) info: giving up: every sealed node restarted and may miss data
  1089 (A) warning: invalid master count: 0
  1089 (A) info: attempting failover!
  1089 (A) info: my failover id: <id 4>
  1089 (A) info: lock was a success!
  1089 (A) info: giving up: every sealed node restarted and may miss data
  1124 (A) warning: invalid master count: 0
  1124 (A) info: attempting failover!
  1124 (A) info: my failover id: <id 5>
  1124 (A) info: lock was a success!
  1124 (A) info: giving up: every sealed node restarted and may miss data
  1179 (A) warning: invalid master count: 0
  1179 (A) info: attempting failover!
  1179 (A) info: my failover id: <id 6>
  1179 (A) info: lock was a success!
  1179 (A) info: giving up: every sealed node restarted and may miss data
  1358 (A) warning: invalid master count: 0
  1358 (A) info: attempting failover!
  1358 (A) info: my failover id: <id 7>
  1358 (A) info: lock was a success!
  1358 (A) info: giving up: every sealed node restarted and may miss data
  1655 (A) warning: invalid master count: 0
  1655 (A) info: attempting failover!
  1655 (A) info: my failover id: <id 8>
  1655 (A) info: lock was a success!
  1655 (A) info: giving up: every sealed node restarted and may miss data
  2314 (A) warning: invalid master count: 0
  2314 (A) info: attempting failover!
  2314 (A) info: my failover id: <id 9>
  2314 (A) info: lock was a success!
  2314 (A) info: giving up: every sealed node restarted and may miss data
  2813 (A) warning: invalid master count: 0
  2813 (A) info: attempting failover!
  2813 (A) info: my failover id: <id 10>
  2813 (A) info: lock was a success!
  2813 (A) info: giving up: every sealed node restarted and may miss data
  2813 (A) tells: no master after 8 attempts: every sealed node restarted and may miss data; haredis status shows the nodes, haredis takeover picks one
  2939 (A) warning: invalid master count: 0
  2939 (A) info: attempting failover!
  2939 (A) info: my failover id: <id 11>
  2939 (A) info: lock was a success!
  2939 (A) info: giving up: every sealed node restarted and may miss data
  3208 (A) warning: invalid master count: 0
  3208 (A) info: attempting failover!
  3208 (A) info: my failover id: <id 12>
  3208 (A) info: lock was a success!
  3208 (A) info: giving up: every sealed node restarted and may miss data
  3574 (A) warning: invalid master count: 0
  3574 (A) info: attempting failover!
  3574 (A) info: my failover id: <id 13>
  3574 (A) info: lock was a success!
  3574 (A) info: giving up: every sealed node restarted and may miss data
  3816 (A) warning: invalid master count: 0
  3816 (A) info: attempting failover!
  3816 (A) info: my failover id: <id 14>
  3816 (A) info: lock was a success!
  3816 (A) info: giving up: every sealed node restarted and may miss data
  4362 (A) warning: invalid master count: 0
  4362 (A) info: attempting failover!
  4362 (A) info: my failover id: <id 15>
  4362 (A) info: lock was a success!
  4362 (A) info: giving up: every sealed node restarted and may miss data
  4616 (A) warning: invalid master count: 0
  4616 (A) info: attempting failover!
  4616 (A) info: my failover id: <id 16>
  4616 (A) info: lock was a success!
  4616 (A) info: giving up: every sealed node restarted and may miss data
  4915 (A) warning: invalid master count: 0
  4915 (A) info: attempting failover!
  4915 (A) info: my failover id: <id 17>
  4915 (A) info: lock was a success!
  4915 (A) info: giving up: every sealed node restarted and may miss data
  5107 (A) warning: invalid master count: 0
  5107 (A) info: attempting failover!
  5107 (A) info: my failover id: <id 18>
  5107 (A) info: lock was a success!
  5107 (A) info: giving up: every sealed node restarted and may miss data
  5364 (A) warning: invalid master count: 0
  5364 (A) info: attempting failover!
  5364 (A) info: my failover id: <id 19>
  5364 (A) info: lock was a success!
  5364 (A) info: giving up: every sealed node restarted and may miss data
  5682 (A) warning: invalid master count: 0
  5682 (A) info: attempting failover!
  5682 (A) info: my failover id: <id 20>
  5682 (A) info: lock was a success!
  5682 (A) info: giving up: every sealed node restarted and may miss data
  6056 (A) warning: invalid master count: 0
  6056 (A) info: attempting failover!
  6056 (A) info: my failover id: <id 21>
  6056 (A) info: lock was a success!
  6056 (A) info: giving up: every sealed node restarted and may miss data

start b
await 5s A writes
await 5s settled
expect promotions 2
expect lost 0
----
  6216 (A) info: b is up
  6753 (A) warning: invalid master count: 0
  6753 (A) info: attempting failover!
  6753 (A) info: my failover id: <id 22>
  6753 (A) info: lock was a success!
  6753 (A) info: b had highest opcounter (106) of 3 nodes. congrats!
  6754 (A) debug: still using c as subSlave
  6754 (A) info: ready, using b as master
  6754 (A) info: publishing gossip:master for b
  6754 (A) info: making a into a slave...
  6754 (A) info: making c into a slave...
  6754 (A) info: a is slave
  6754 (A) info: c is slave
a: replica of b, linked, epoch 22, 109 keys
b: master, epoch 22, 109 keys
c: replica of b, linked, epoch 22, 109 keys
A: ready, uses b, epoch 22
