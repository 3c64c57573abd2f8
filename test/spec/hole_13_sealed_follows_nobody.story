# A sealed node follows no server at all (port 0): it takes nothing from anybody, keeps its data, and
# refuses those who follow it.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
mark
when A after seal: kill A
kill a
advance 100ms
start a empty
advance 10s
expect b sealed
expect a keys 0
expect full_syncs 0
start A
await 10s settled
expect lost 0
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
  1022 now: kill A
 11122 (A) info: a is up
 11122 (A) info: b is up
 11122 (A) info: c is up
 11122 (A) warning: invalid master count: 0
 11122 (A) info: attempting failover!
 11122 (A) info: my failover id: <id 3>
 11122 (A) info: lock was a success!
 11123 (A) info: b had highest opcounter (106) of 3 nodes. congrats!
 11123 (A) debug: defaulting to master as subSlave
 11123 (A) info: ready, using b as master
 11123 (A) info: publishing gossip:master for b
 11123 (A) info: making a into a slave...
 11123 (A) info: making c into a slave...
 11124 (A) info: a is slave
 11124 (A) info: c is slave
a: replica of b, linked, epoch 3, 109 keys
b: master, epoch 3, 109 keys
c: replica of b, linked, epoch 3, 109 keys
A: ready, uses b, epoch 3
