# A client that reads from replicas knows at every heartbeat which ones it may read: those that the
# master feeds, and while there is no master those that it fed to the end.
world nodes=3 clients=1 writes=5ms reads down_after=300ms sync=500ms
start
await 1s settled
await 200ms A reads b,c
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (A) info: b is slave
   128 (A) info: c is slave
   630 (A) info: renegotating subSlave away from master
   630 (A) info: subSlave is now b

kill b
await 20ms A reads c
start b empty
await 1s b syncing
expect A reads c
await 2s A reads b,c
----
   630 (A) info: b is down (refused)
   630 (A) info: subSlave went down, renegotiated to c
   640 (A) info: b is up
   660 (A) info: making b into a slave...
   660 (A) info: b is slave

# The master hangs: until another is elected its replicas still answer.
writes_off A
stop a
await 2s master none
expect A reads b,c
await 2s master b
await 200ms A reads c
writes_on A
continue a
await 2s settled
await 200ms A reads a,c
----
  1470 (A) warning: MASTER is down! (a)
  1470 (A) info: orientating (silent, 2/3 nodes up) ...
  1470 (A) tells: a: silent
  1470 (A) warning: invalid master count: 0
  1470 (A) info: attempting failover!
  1470 (A) info: my failover id: <id 2>
  1470 (A) info: lock was a success!
  1472 (A) info: b had highest opcounter (213) of 2 nodes. congrats!
  1473 (A) debug: still using c as subSlave
  1473 (A) info: ready, using b as master
  1473 (A) info: publishing gossip:master for b
  1473 (A) info: making c into a slave...
  1473 (A) info: c is slave
  1475 (A) info: a is up
  1475 (A) warning: master conflict detected
  1475 (A) info: making a into a slave...
  1476 (A) info: a is slave
a: replica of b, linked, epoch 2, 312 keys
b: master, epoch 2, 312 keys
c: replica of b, linked, epoch 2, 312 keys
A: ready, uses b, epoch 2
