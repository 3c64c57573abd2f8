# A heartbeat was heard on the master's own link; then the links to the master are closed, and the same heartbeat comes
# through the replica that carries the subscriptions while no master is known. It was heard: nothing is missing.
world nodes=3 clients=2 seed=1 subscribers
start
await 3s settled
advance 500ms
mark
when a after publish: kill_clients a normal
advance 1s
expect gaps 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   576 (A) info: renegotating subSlave away from master
   576 (A) info: subSlave is now c
   576 (B) info: renegotating subSlave away from master
   576 (B) info: subSlave is now c
  1057 now: kill_clients a normal
  1057 (B) warning: MASTER is down! (a)
  1057 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1057 (B) tells: a: connection lost
  1057 (A) warning: MASTER is down! (a)
  1057 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1057 (A) tells: a: connection lost
  1057 (A) info: gossip said a was promoted!
  1057 (B) info: gossip said a was promoted!
  1057 (B) debug: still using c as subSlave
  1057 (B) info: ready, using a as master
  1057 (A) debug: still using c as subSlave
  1057 (A) info: ready, using a as master
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, 0 keys
c: replica of a, linked, epoch 1, 0 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
