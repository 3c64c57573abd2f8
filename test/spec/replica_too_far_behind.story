# With a bound a replica that falls behind is not read until it has caught up, nor is one that does
# not say where it stands.
world nodes=3 clients=1 writes=1ms reads max_lag=2000 down_after=1000ms
start
await 1s settled
await 500ms A reads b,c
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
   531 (A) info: renegotating subSlave away from master
   531 (A) info: subSlave is now b

cut a c
await 500ms A reads b
heal
await 500ms A reads b,c

stop b
await 400ms A reads c
continue b
await 500ms A reads b,c

# How far behind anybody is cannot be said without a master.
kill a
await 1s master none
expect A reads none
----
   962 (A) warning: MASTER is down! (a)
   962 (A) info: orientating (connection lost, 2/3 nodes up) ...
   962 (A) tells: a: connection lost
   962 (A) info: a is down (refused)
   962 (A) warning: invalid master count: 0
   962 (A) info: attempting failover!
   962 (A) info: my failover id: <id 2>
a: down
b: replica of a, retrying, epoch 1, 467 keys
c: replica of a, retrying, epoch 1, locked, 467 keys
A: no master
