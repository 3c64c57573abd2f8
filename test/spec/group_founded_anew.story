# While A sleeps all data is lost and the group is born again by others, with another name of its own.
world nodes=3 clients=2
start
await 1s settled
sleep A
allow_loss
kill a
kill b
kill c
kill B
start a b c empty
start B
await 5s B master a
advance 500ms
wake A
await 3s settled
expect promotions 2
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
   522 (B) info: a is up
   522 (B) info: b is up
   522 (B) info: c is up
   522 (B) warning: invalid master count: 0
   522 (B) info: attempting failover!
   522 (B) info: my failover id: <id 3>
   522 (B) info: lock was a success!
   523 (B) info: a had highest opcounter (0) of 3 nodes. congrats!
   523 (B) debug: defaulting to master as subSlave
   523 (B) info: ready, using a as master
   523 (B) info: publishing gossip:master for a
   523 (B) info: making b into a slave...
   523 (B) info: making c into a slave...
   524 (B) info: b is slave
   524 (B) info: c is slave
   618 (B) info: renegotating subSlave away from master
   618 (B) info: subSlave is now c
  1024 (A) warning: MASTER is down! (a)
  1024 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1024 (A) tells: a: connection lost
  1024 (A) info: gossip said a was promoted!
  1024 (A) warning: the group was founded anew: following it
  1024 (A) info: renegotating subSlave away from master
  1024 (A) info: subSlave is now b
  1024 (A) info: ready, using a as master
a: master, epoch 2, 0 keys
b: replica of a, linked, epoch 2, 0 keys
c: replica of a, linked, epoch 2, 0 keys
A: ready, uses a, epoch 2
B: ready, uses a, epoch 2
