# The clients cannot use their master, for which its replicas vouch; and b, whose disk is full, can give its
# lock to nobody. It was the first to be asked: it is not any more by the next attempt, which nobody holds up
# by vouching once more.
world nodes=5 clients=2 writes=5ms down_after=300ms seed=1
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
outlive a 1ms
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
   943 (B) warning: MASTER is down! (a)
   943 (B) info: orientating (silent, 4/5 nodes up) ...
   943 (B) tells: a: silent
   947 (A) warning: MASTER is down! (a)
   947 (A) info: orientating (silent, 4/5 nodes up) ...
   947 (A) tells: a: silent
   947 (A) warning: others still hear the master: waiting
   948 (B) warning: others still hear the master: waiting
  1860 (A) warning: invalid master count: 0
  1860 (A) info: attempting failover!
  1860 (A) info: my failover id: <id 3>
  1860 (B) warning: invalid master count: 0
  1860 (B) info: attempting failover!
  1860 (B) info: my failover id: <id 4>
  1860 (A) info: giving up: the lock was not given
  1860 (B) info: giving up: the lock was not given
  1873 (A) warning: invalid master count: 0
  1873 (A) info: attempting failover!
  1873 (A) info: my failover id: <id 5>
  1873 (A) info: lock was a success!
  1875 (A) info: c had highest opcounter (210) of 3 nodes. congrats!
  1876 (A) debug: still using b as subSlave
  1876 (A) info: ready, using c as master
  1876 (A) info: publishing gossip:master for c
  1876 (A) info: making d into a slave...
  1876 (A) info: making e into a slave...
  1876 (B) info: gossip said c was promoted!
  1876 (B) debug: still using e as subSlave
  1876 (B) info: ready, using c as master
  1876 (A) info: d is slave
  1876 (A) info: e is slave
  1876 (B) info: making b into a slave...
  1876 (A) info: making b into a slave...
  1876 (B) debug: giving up: the lock was not given
  1876 (A) debug: giving up: the lock was not given
  1886 (A) info: making b into a slave...
  1886 (A) debug: giving up: the lock was not given
  1899 (B) info: making b into a slave...
  1899 (B) debug: giving up: the lock was not given
  1901 (A) info: making b into a slave...
  1901 (A) debug: giving up: the lock was not given
  1918 (B) info: making b into a slave...
  1918 (B) debug: giving up: the lock was not given
  1959 (B) info: making b into a slave...
  1959 (B) debug: giving up: the lock was not given
  1963 (A) info: making b into a slave...
  1963 (A) debug: giving up: the lock was not given
  2065 (B) info: making b into a slave...
  2065 (B) debug: giving up: the lock was not given
  2112 (A) info: subSlave b hears nothing
  2112 (A) info: subSlave is now e
  2169 (A) info: making b into a slave...
  2169 (A) debug: giving up: the lock was not given
  2288 (A) info: making b into a slave...
  2288 (A) debug: giving up: the lock was not given
  2471 (B) info: making b into a slave...
  2471 (B) debug: giving up: the lock was not given
  2627 (B) info: making b into a slave...
  2627 (B) debug: giving up: the lock was not given
  2820 (B) info: making b into a slave...
  2820 (B) debug: giving up: the lock was not given
  3106 (B) info: making b into a slave...
  3106 (B) debug: giving up: the lock was not given
  3199 (A) info: making b into a slave...
  3199 (A) debug: giving up: the lock was not given
  3399 (B) info: making b into a slave...
  3399 (B) debug: giving up: the lock was not given
  3839 (A) info: making b into a slave...
  3839 (A) debug: giving up: the lock was not given
  4169 (B) info: making b into a slave...
  4169 (B) debug: giving up: the lock was not given
  4253 (A) info: making b into a slave...
  4253 (A) debug: giving up: the lock was not given
  4929 (B) info: making b into a slave...
  4929 (B) debug: giving up: the lock was not given
  5171 (A) info: making b into a slave...
  5171 (A) debug: giving up: the lock was not given
  5215 (B) info: making b into a slave...
  5215 (B) debug: giving up: the lock was not given
  5755 (A) info: making b into a slave...
  5755 (A) debug: giving up: the lock was not given
  5991 (B) info: making b into a slave...
  5991 (B) debug: giving up: the lock was not given
  6160 (B) info: making b into a slave...
  6160 (B) debug: giving up: the lock was not given
  6392 (B) info: making b into a slave...
  6392 (B) debug: giving up: the lock was not given
  6400 (A) info: making b into a slave...
  6400 (A) debug: giving up: the lock was not given
  6508 (A) info: making b into a slave...
  6508 (A) debug: giving up: the lock was not given
  6510 (A) info: making b into a slave...
  6510 (A) debug: giving up: the lock was not given
a: master, epoch 1, 210 keys
b: replica of a, linked, epoch 1, 210 keys
c: master, epoch 2, 2110 keys
d: replica of c, linked, epoch 2, 2110 keys
e: replica of c, linked, epoch 2, 2110 keys
A: ready, uses c, epoch 2
B: ready, uses c, epoch 2
