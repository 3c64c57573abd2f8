# A coordinator sleeps before it promotes, and whom it chose is killed and started again: its word
# goes to a process that is gone, and chooses nobody (a fault of a check, seed 1012349).
world nodes=3 clients=2 down_after=300ms writes=19894us
start a empty
start b empty
start c empty
start B
advance 100ms
when B before promote: sleep B
advance 100ms
cut a > b
cut a > c
try kill a
advance 1s
try kill b
peace
settle 40s
----
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (B) warning: invalid master count: 0
     0 (B) info: attempting failover!
     0 (B) info: my failover id: <id 1>
     0 (B) info: lock was a success!
     1 (B) info: a had highest opcounter (0) of 3 nodes. congrats!
     1 (B) debug: defaulting to master as subSlave
     1 (B) info: ready, using a as master
     1 (B) info: publishing gossip:master for a
     1 (B) info: making b into a slave...
     1 (B) info: making c into a slave...
     2 (B) info: b is slave
     2 (B) info: c is slave
    30 (B) info: renegotating subSlave away from master
    30 (B) info: subSlave is now b
   200 (B) warning: MASTER is down! (a)
   200 (B) info: orientating (connection lost, 2/3 nodes up) ...
   200 (B) tells: a: connection lost
   200 (B) info: a is down (refused)
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: lock was a success!
   502 (B) info: b had highest opcounter (8) of 2 nodes. congrats!
   502 now: sleep B
  1200 (B) debug: this client slept 690 ms: looking again
  1200 (B) info: giving up: the promotion was not answered
  1200 (A) info: a is up
  1200 (A) info: b is up
  1200 (A) info: c is up
  1200 (A) warning: invalid master count: 0
  1200 (A) info: attempting failover!
  1200 (A) info: my failover id: <id 3>
  1200 (A) info: lock was a success!
  1201 (A) info: a had highest opcounter (9) of 3 nodes. congrats!
  1201 (A) debug: defaulting to master as subSlave
  1201 (A) info: ready, using a as master
  1201 (A) info: publishing gossip:master for a
  1201 (A) info: making b into a slave...
  1201 (A) info: making c into a slave...
  1201 (B) info: gossip said a was promoted!
  1201 (B) debug: hastening reconnect...
  1202 (B) info: a is up
  1202 (A) info: b is slave
  1202 (A) info: c is slave
  1202 (B) debug: still using b as subSlave
  1202 (B) info: ready, using a as master
  1230 (A) info: renegotating subSlave away from master
  1230 (A) info: subSlave is now b
a: master, epoch 3, 60 keys
b: replica of a, linked, epoch 3, 60 keys
c: replica of a, linked, epoch 3, 60 keys
A: ready, uses a, epoch 3
B: ready, uses a, epoch 3
