# The master is out of the clients' reach, strangers write to it, and its replicas vouch for it for
# three times down_after, which is longer than a lock lives. Then the first attempt fails at a node
# whose disk is full. The replicas do not vouch anew because of that: by then the next attempt would
# have forgotten that this node denies its lock (invariant 4, seed 902907).
world nodes=5 clients=2 durable down_after=300ms writes=20ms
start
await 2s settled
advance 500ms
disk_full b
cut A,B a
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
repl_ping a
advance 100ms
expect promotions 2
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: e is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (B) warning: invalid master count: 0
   127 (B) info: attempting failover!
   127 (B) info: my failover id: <id 2>
   127 (B) info: failover already in progress: <id 1>
   127 (B) info: giving up: another client has the lock
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (A) info: making d into a slave...
   128 (A) info: making e into a slave...
   128 (B) info: gossip said a was promoted!
   128 (B) debug: defaulting to master as subSlave
   128 (B) info: ready, using a as master
   128 (A) info: b is slave
   128 (A) info: c is slave
   128 (A) info: d is slave
   128 (A) info: e is slave
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   157 (B) info: renegotating subSlave away from master
   157 (B) info: subSlave is now e
   930 (B) warning: MASTER is down! (a)
   930 (B) info: orientating (silent, 4/5 nodes up) ...
   930 (B) tells: a: silent
   936 (A) warning: MASTER is down! (a)
   936 (A) info: orientating (silent, 4/5 nodes up) ...
   936 (A) tells: a: silent
   936 (B) warning: others still hear the master: waiting
   936 (A) warning: others still hear the master: waiting
  1860 (B) warning: invalid master count: 0
  1860 (B) info: attempting failover!
  1860 (B) info: my failover id: <id 3>
  1860 (A) warning: invalid master count: 0
  1860 (A) info: attempting failover!
  1860 (A) info: my failover id: <id 4>
  1860 (B) info: giving up: the lock was not given
  1860 (A) info: giving up: the lock was not given
  1869 (B) warning: invalid master count: 0
  1869 (B) info: attempting failover!
  1869 (B) info: my failover id: <id 5>
  1869 (B) info: lock was a success!
  1871 (B) info: c had highest opcounter (48) of 3 nodes. congrats!
  1872 (B) debug: still using e as subSlave
  1872 (B) info: ready, using c as master
  1872 (B) info: publishing gossip:master for c
  1872 (B) info: making d into a slave...
  1872 (B) info: making e into a slave...
  1872 (A) info: gossip said c was promoted!
  1872 (A) debug: still using b as subSlave
  1872 (A) info: ready, using c as master
  1872 (B) info: d is slave
  1872 (B) info: e is slave
  1872 (A) info: making b into a slave...
  1872 (B) info: making b into a slave...
  1872 (A) debug: giving up: the lock was not given
  1872 (B) debug: giving up: the lock was not given
  1882 (B) info: making b into a slave...
  1882 (B) debug: giving up: the lock was not given
  1890 (A) info: making b into a slave...
  1890 (A) debug: giving up: the lock was not given
  1924 (A) info: making b into a slave...
  1924 (A) debug: giving up: the lock was not given
  1929 (B) info: making b into a slave...
  1929 (B) debug: giving up: the lock was not given
  1947 (A) info: making b into a slave...
  1947 (A) debug: giving up: the lock was not given
  1999 (A) info: making b into a slave...
  1999 (A) debug: giving up: the lock was not given
  2000 (B) info: making b into a slave...
  2000 (B) debug: giving up: the lock was not given
  2039 (A) info: making b into a slave...
  2039 (A) debug: giving up: the lock was not given
  2104 (A) info: subSlave b hears nothing
  2104 (A) info: subSlave is now e
  2110 (B) info: making b into a slave...
  2110 (B) debug: giving up: the lock was not given
  2164 (B) info: making b into a slave...
  2164 (B) debug: giving up: the lock was not given
  2461 (A) info: making b into a slave...
  2461 (A) debug: giving up: the lock was not given
  2566 (B) info: making b into a slave...
  2566 (B) debug: giving up: the lock was not given
  3139 (B) info: making b into a slave...
  3139 (B) debug: giving up: the lock was not given
  3169 (A) info: making b into a slave...
  3169 (A) debug: giving up: the lock was not given
  3285 (B) info: making b into a slave...
  3285 (B) debug: giving up: the lock was not given
  3752 (A) info: making b into a slave...
  3752 (A) debug: giving up: the lock was not given
  3768 (B) info: making b into a slave...
  3768 (B) debug: giving up: the lock was not given
a: master, epoch 1, 48 keys
b: replica of a, linked, epoch 1, 48 keys
c: master, epoch 2, 250 keys
d: replica of c, linked, epoch 2, 250 keys
e: replica of c, linked, epoch 2, 250 keys
A: ready, uses c, epoch 2
B: ready, uses c, epoch 2
