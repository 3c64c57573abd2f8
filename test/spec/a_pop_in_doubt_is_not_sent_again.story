# The master dies under a BLPOP that waits there. It may have given something away with its last breath: the caller is
# told that it may have taken something, and nobody asks for it again.
world nodes=3 clients=2 queue=8
start
await 1s settled
advance 1s
pop A 5s
advance 100ms
kill a
await 20ms A pop maybe
await 2s master b
push B
advance 100ms
expect A pop maybe
pop A 5s
await 5ms A pop took
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
  1622 (B) warning: MASTER is down! (a)
  1622 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1622 (B) tells: a: connection lost
  1622 (A) warning: MASTER is down! (a)
  1622 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1622 (A) tells: a: connection lost
  1622 (B) info: a is down (refused)
  1622 (A) info: a is down (refused)
  1622 (A) warning: invalid master count: 0
  1622 (A) info: attempting failover!
  1622 (A) info: my failover id: <id 3>
  1622 (A) info: lock was a success!
  1623 (A) info: b had highest opcounter (0) of 2 nodes. congrats!
  1623 (A) debug: still using c as subSlave
  1623 (A) info: ready, using b as master
  1623 (A) info: publishing gossip:master for b
  1623 (A) info: making c into a slave...
  1623 (B) info: gossip said b was promoted!
  1623 (B) debug: still using c as subSlave
  1623 (B) info: ready, using b as master
  1623 (A) info: c is slave

# Cut off, it is still known to its master, which gives it what comes: that element is lost, and so the answer must be
# that it may have taken something.
start a
peace
settle 10s
pop A for_ever
advance 100ms
cut A b
push B
advance 100ms
expect A pop waits
await 2s A pop maybe
heal
pop A 100ms
await 150ms A pop nil
peace
settle 10s
rest 1s
----
  1752 (B) info: a is up
  1752 (B) info: making a into a slave...
  1753 (B) info: a is slave
  1864 (A) info: a is up
  3829 (A) warning: MASTER is down! (b)
  3829 (A) info: orientating (silent, 2/3 nodes up) ...
  3829 (A) tells: b: silent
  3829 (A) warning: others still hear the master: waiting
  3829 (A) info: b is up
  3829 (A) info: gossip said b was promoted!
  3829 (A) debug: still using c as subSlave
  3829 (A) info: ready, using b as master
a: replica of b, linked, epoch 2, 2 keys
b: master, epoch 2, 2 keys
c: replica of b, linked, epoch 2, 2 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
