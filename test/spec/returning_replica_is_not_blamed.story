# A replica that returns long after its master was adopted may wait for its first copy (Redis lets it wait
# five seconds; here the way is cut). It is not said to lack a password before its own time is over.
world nodes=3 clients=1
start
await 2s settled
advance 30s
kill c
advance 1s
cut a > c
start c empty
advance 10s
heal
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
 30522 (A) info: c is down (refused)
 30522 (A) info: subSlave went down, renegotiated to b
 31603 (A) info: c is up
 31603 (A) info: making c into a slave...
 31604 (A) info: c is slave
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, 0 keys
c: replica of a, linked, epoch 1, 0 keys
A: ready, uses a, epoch 1
