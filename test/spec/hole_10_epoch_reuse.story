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
   501 (A) info: subSlave is now c
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
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
  1072 (A) info: a is up
  1072 (A) warning: invalid master count: 0
  1072 (A) info: attempting failover!
  1072 (A) info: my failover id: <id 3>
  1072 (A) info: lock was a success!
  1073 (A) info: giving up: every sealed node restarted and may miss data
  1095 (A) warning: invalid master count: 0
  1095 (A) info: attempting failover!
  1095 (A) info: my failover id: <id 4>
  1095 (A) info: lock was a success!
  1095 (A) info: giving up: every sealed node restarted and may miss data
  1121 (A) warning: invalid master count: 0
  1121 (A) info: attempting failover!
  1121 (A) info: my failover id: <id 5>
  1121 (A) info: lock was a success!
  1121 (A) info: giving up: every sealed node restarted and may miss data
  1162 (A) warning: invalid master count: 0
  1162 (A) info: attempting failover!
  1162 (A) info: my failover id: <id 6>
  1162 (A) info: lock was a success!
  1162 (A) info: giving up: every sealed node restarted and may miss data
  1206 (A) warning: invalid master count: 0
  1206 (A) info: attempting failover!
  1206 (A) info: my failover id: <id 7>
  1206 (A) info: lock was a success!
  1206 (A) info: giving up: every sealed node restarted and may miss data
  1248 (A) warning: invalid master count: 0
  1248 (A) info: attempting failover!
  1248 (A) info: my failover id: <id 8>
  1248 (A) info: lock was a success!
  1248 (A) info: giving up: every sealed node restarted and may miss data
  1747 (A) warning: invalid master count: 0
  1747 (A) info: attempting failover!
  1747 (A) info: my failover id: <id 9>
  1747 (A) info: lock was a success!
  1747 (A) info: giving up: every sealed node restarted and may miss data
  1870 (A) warning: invalid master count: 0
  1870 (A) info: attempting failover!
  1870 (A) info: my failover id: <id 10>
  1870 (A) info: lock was a success!
  1870 (A) info: giving up: every sealed node restarted and may miss data
  1870 (A) tells: no master after 8 attempts: every sealed node restarted and may miss data; haredis status shows the nodes, haredis takeover picks one
  1980 (A) warning: invalid master count: 0
  1980 (A) info: attempting failover!
  1980 (A) info: my failover id: <id 11>
  1980 (A) info: lock was a success!
  1980 (A) info: giving up: every sealed node restarted and may miss data
  2511 (A) warning: invalid master count: 0
  2511 (A) info: attempting failover!
  2511 (A) info: my failover id: <id 12>
  2511 (A) info: lock was a success!
  2511 (A) info: giving up: every sealed node restarted and may miss data
  3075 (A) warning: invalid master count: 0
  3075 (A) info: attempting failover!
  3075 (A) info: my failover id: <id 13>
  3075 (A) info: lock was a success!
  3075 (A) info: giving up: every sealed node restarted and may miss data
  3621 (A) warning: invalid master count: 0
  3621 (A) info: attempting failover!
  3621 (A) info: my failover id: <id 14>
  3621 (A) info: lock was a success!
  3621 (A) info: giving up: every sealed node restarted and may miss data
  3875 (A) warning: invalid master count: 0
  3875 (A) info: attempting failover!
  3875 (A) info: my failover id: <id 15>
  3875 (A) info: lock was a success!
  3875 (A) info: giving up: every sealed node restarted and may miss data
  4414 (A) warning: invalid master count: 0
  4414 (A) info: attempting failover!
  4414 (A) info: my failover id: <id 16>
  4414 (A) info: lock was a success!
  4414 (A) info: giving up: every sealed node restarted and may miss data
  4423 (A) warning: invalid master count: 0
  4423 (A) info: attempting failover!
  4423 (A) info: my failover id: <id 17>
  4423 (A) info: lock was a success!
  4423 (A) info: giving up: every sealed node restarted and may miss data
  4802 (A) warning: invalid master count: 0
  4802 (A) info: attempting failover!
  4802 (A) info: my failover id: <id 18>
  4802 (A) info: lock was a success!
  4802 (A) info: giving up: every sealed node restarted and may miss data
  5475 (A) warning: invalid master count: 0
  5475 (A) info: attempting failover!
  5475 (A) info: my failover id: <id 19>
  5475 (A) info: lock was a success!
  5475 (A) info: giving up: every sealed node restarted and may miss data

start b
await 5s A writes
await 5s settled
expect promotions 2
expect lost 0
----
  6146 (A) info: b is up
  6177 (A) warning: invalid master count: 0
  6177 (A) info: attempting failover!
  6177 (A) info: my failover id: <id 20>
  6177 (A) info: lock was a success!
  6177 (A) info: b had highest opcounter (106) of 3 nodes. congrats!
  6178 (A) info: ready, using b as master
  6178 (A) info: publishing gossip:master for b
  6178 (A) info: making a into a slave...
  6178 (A) info: making c into a slave...
  6178 (A) info: a is slave
  6178 (A) info: c is slave
a: replica of b, linked, epoch 20, 109 keys
b: master, epoch 20, 109 keys
c: replica of b, linked, epoch 20, 109 keys
A: ready, uses b, epoch 20
