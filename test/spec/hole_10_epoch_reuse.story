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
  1023 (A) warning: refusing to orientate without a majority up!
  1023 (A) info: gossip said b was promoted!
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
  1096 (A) info: giving up: every sealed node restarted and may miss data
  1122 (A) warning: invalid master count: 0
  1122 (A) info: attempting failover!
  1122 (A) info: my failover id: <id 5>
  1122 (A) info: lock was a success!
  1123 (A) info: giving up: every sealed node restarted and may miss data
  1164 (A) warning: invalid master count: 0
  1164 (A) info: attempting failover!
  1164 (A) info: my failover id: <id 6>
  1164 (A) info: lock was a success!
  1165 (A) info: giving up: every sealed node restarted and may miss data
  1209 (A) warning: invalid master count: 0
  1209 (A) info: attempting failover!
  1209 (A) info: my failover id: <id 7>
  1209 (A) info: lock was a success!
  1210 (A) info: giving up: every sealed node restarted and may miss data
  1252 (A) warning: invalid master count: 0
  1252 (A) info: attempting failover!
  1252 (A) info: my failover id: <id 8>
  1252 (A) info: lock was a success!
  1253 (A) info: giving up: every sealed node restarted and may miss data
  1752 (A) warning: invalid master count: 0
  1752 (A) info: attempting failover!
  1752 (A) info: my failover id: <id 9>
  1752 (A) info: lock was a success!
  1753 (A) info: giving up: every sealed node restarted and may miss data
  1876 (A) warning: invalid master count: 0
  1876 (A) info: attempting failover!
  1876 (A) info: my failover id: <id 10>
  1876 (A) info: lock was a success!
  1877 (A) info: giving up: every sealed node restarted and may miss data
  1877 (A) tells: no master after 8 attempts: every sealed node restarted and may miss data; haredis status shows the nodes, haredis takeover picks one
  1987 (A) warning: invalid master count: 0
  1987 (A) info: attempting failover!
  1987 (A) info: my failover id: <id 11>
  1987 (A) info: lock was a success!
  1988 (A) info: giving up: every sealed node restarted and may miss data
  2519 (A) warning: invalid master count: 0
  2519 (A) info: attempting failover!
  2519 (A) info: my failover id: <id 12>
  2519 (A) info: lock was a success!
  2520 (A) info: giving up: every sealed node restarted and may miss data
  3084 (A) warning: invalid master count: 0
  3084 (A) info: attempting failover!
  3084 (A) info: my failover id: <id 13>
  3084 (A) info: lock was a success!
  3085 (A) info: giving up: every sealed node restarted and may miss data
  3631 (A) warning: invalid master count: 0
  3631 (A) info: attempting failover!
  3631 (A) info: my failover id: <id 14>
  3631 (A) info: lock was a success!
  3632 (A) info: giving up: every sealed node restarted and may miss data
  3886 (A) warning: invalid master count: 0
  3886 (A) info: attempting failover!
  3886 (A) info: my failover id: <id 15>
  3886 (A) info: lock was a success!
  3887 (A) info: giving up: every sealed node restarted and may miss data
  4426 (A) warning: invalid master count: 0
  4426 (A) info: attempting failover!
  4426 (A) info: my failover id: <id 16>
  4426 (A) info: lock was a success!
  4427 (A) info: giving up: every sealed node restarted and may miss data
  4436 (A) warning: invalid master count: 0
  4436 (A) info: attempting failover!
  4436 (A) info: my failover id: <id 17>
  4436 (A) info: lock was a success!
  4437 (A) info: giving up: every sealed node restarted and may miss data
  4816 (A) warning: invalid master count: 0
  4816 (A) info: attempting failover!
  4816 (A) info: my failover id: <id 18>
  4816 (A) info: lock was a success!
  4817 (A) info: giving up: every sealed node restarted and may miss data
  5490 (A) warning: invalid master count: 0
  5490 (A) info: attempting failover!
  5490 (A) info: my failover id: <id 19>
  5490 (A) info: lock was a success!
  5491 (A) info: giving up: every sealed node restarted and may miss data

start b
await 5s A writes
await 5s settled
expect promotions 2
expect lost 0
----
  6146 (A) info: b is up
  6193 (A) warning: invalid master count: 0
  6193 (A) info: attempting failover!
  6193 (A) info: my failover id: <id 20>
  6193 (A) info: lock was a success!
  6194 (A) info: b had highest opcounter (106) of 3 nodes. congrats!
  6194 (A) info: ready, using b as master
  6194 (A) info: publishing gossip:master for b
  6194 (A) info: making a into a slave...
  6194 (A) info: making c into a slave...
  6194 (A) info: a is slave
  6194 (A) info: c is slave
a: replica of b, linked, epoch 20, 109 keys
b: master, epoch 20, 109 keys
c: replica of b, linked, epoch 20, 109 keys
A: ready, uses b, epoch 20
