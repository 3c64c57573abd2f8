# A finds that the master's history has another id, and is about to elect it again when the links to
# it are closed. Nobody has promised more than the master's epoch: A comes back to it as to one that
# was never gone, and does not replace whom others hear (invariant 6, seed 401338).
world nodes=3 clients=2 writes=5ms
start
await 2s settled
advance 500ms
expect promotions 1
cut a b,c
output_limit a 5
advance 300ms
no_backlog a
when a after look: when A before look: kick a
refresh A
advance 200ms
heal a b
heal a c
advance 3s
expect promotions 1
expect A master a
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
  1322 now: when A before look: kick a
  1322 (A) info: electing a again: its history has another id
  1322 (A) info: switching master...
  1322 (A) tells: a is no longer master
  1322 now: kick a
  1322 (B) warning: MASTER is down! (a)
  1322 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1322 (B) tells: a: connection lost
  1322 (A) done, ok: 2 of 3 nodes answered
  1322 (B) debug: still using c as subSlave
  1322 (B) info: ready, using a as master
  1322 (A) debug: still using c as subSlave
  1322 (A) info: ready, using a as master
a: master, epoch 1, 1612 keys
b: replica of a, linked, epoch 1, 1612 keys
c: replica of a, linked, epoch 1, 1612 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
