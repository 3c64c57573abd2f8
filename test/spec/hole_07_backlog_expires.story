# Both replicas are away for so long that the master drops its backlog and changes its replication
# id. That history cannot be compared by offset any more: it gets a new epoch.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
kill b
kill c
advance 100ms
no_backlog a
start b c
await 5s settled
expect A master a
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
  1022 (A) info: b is down (refused)
  1022 (A) info: c is down (refused)
  1022 (A) info: defaulting to master as subSlave
  1127 (A) info: c is up
  1127 (A) info: making c into a slave...
  1128 (A) info: c is slave
  1149 (A) info: b is up
  1149 (A) info: making b into a slave...
  1150 (A) info: b is slave
a: master, epoch 1, 136 keys
b: replica of a, linked, epoch 1, 136 keys
c: replica of a, linked, epoch 1, 136 keys
A: ready, uses a, epoch 1
