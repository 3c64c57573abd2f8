# No client runs. The master restarts empty: plain Redis would now wipe both replicas. It comes up
# sealed instead and refuses them.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
advance 500ms
kill A
kill a
start a empty
advance 10s
expect a sealed
start A
await 5s settled
expect durable_lost 0
expect a follows b
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
 11022 (A) info: a is up
 11022 (A) info: b is up
 11022 (A) info: c is up
 11022 (A) warning: invalid master count: 0
 11022 (A) info: attempting failover!
 11022 (A) info: my failover id: <id 2>
 11022 (A) info: lock was a success!
 11023 (A) info: b had highest opcounter (106) of 3 nodes. congrats!
 11023 (A) debug: defaulting to master as subSlave
 11023 (A) info: ready, using b as master
 11023 (A) info: publishing gossip:master for b
 11023 (A) info: making a into a slave...
 11023 (A) info: making c into a slave...
 11024 (A) info: a is slave
 11024 (A) info: c is slave
a: replica of b, linked, epoch 2, 110 keys
b: master, epoch 2, 110 keys
c: replica of b, linked, epoch 2, 110 keys
A: ready, uses b, epoch 2
