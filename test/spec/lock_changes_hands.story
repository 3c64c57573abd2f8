# Who mends takes its locks under the group's epoch, so two owners in turn have locks of one epoch.
# The second one is as young as it is: nobody takes it away for the first one's age.
world nodes=3 clients=1
start
await 2s settled
lock b 9 60s Y-first
advance 3900ms
lock b 9 60s Z-second
advance 1s
expect b locked
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
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, locked, 0 keys
c: replica of a, linked, epoch 1, 0 keys
A: ready, uses a, epoch 1
