# The clients cannot use their master, for which its replicas vouch again after each attempt that comes to
# nothing; and b, whose disk is full, can give its lock to nobody. That is remembered for longer than such
# a wait, or b would be the first to be asked for ever.
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
  2790 (B) warning: invalid master count: 0
  2790 (B) info: attempting failover!
  2790 (B) info: my failover id: <id 5>
  2790 (A) warning: invalid master count: 0
  2790 (A) info: attempting failover!
  2790 (A) info: my failover id: <id 6>
  2790 (A) info: failover already in progress: <id 5>
  2790 (A) info: giving up: another client has the lock
  2790 (B) info: lock was a success!
  2792 (B) info: c had highest opcounter (210) of 3 nodes. congrats!
  2793 (B) debug: still using e as subSlave
  2793 (B) info: ready, using c as master
  2793 (B) info: publishing gossip:master for c
  2793 (B) info: making d into a slave...
  2793 (B) info: making e into a slave...
  2793 (A) info: gossip said c was promoted!
  2793 (A) debug: still using b as subSlave
  2793 (A) info: ready, using c as master
  2793 (B) info: d is slave
  2793 (B) info: e is slave
  2793 (A) info: making b into a slave...
  2793 (B) info: making b into a slave...
  2793 (A) debug: giving up: the lock was not given
  2793 (B) debug: giving up: the lock was not given
  2798 (A) info: making b into a slave...
  2798 (A) debug: giving up: the lock was not given
  2822 (B) info: making b into a slave...
  2822 (B) debug: giving up: the lock was not given
  2823 (A) info: making b into a slave...
  2823 (A) debug: giving up: the lock was not given
  2865 (B) info: making b into a slave...
  2865 (B) debug: giving up: the lock was not given
  2868 (B) info: making b into a slave...
  2868 (B) debug: giving up: the lock was not given
  2909 (A) info: making b into a slave...
  2909 (A) debug: giving up: the lock was not given
  2984 (B) info: making b into a slave...
  2984 (B) debug: giving up: the lock was not given
  3028 (A) info: subSlave b hears nothing
  3028 (A) info: subSlave is now d
  3060 (A) info: making b into a slave...
  3060 (A) debug: giving up: the lock was not given
  3114 (A) info: making b into a slave...
  3114 (A) debug: giving up: the lock was not given
  3302 (B) info: making b into a slave...
  3302 (B) debug: giving up: the lock was not given
  3833 (A) info: making b into a slave...
  3833 (A) debug: giving up: the lock was not given
  3853 (B) info: making b into a slave...
  3853 (B) debug: giving up: the lock was not given
  4416 (A) info: making b into a slave...
  4416 (A) debug: giving up: the lock was not given
  4468 (B) info: making b into a slave...
  4468 (B) debug: giving up: the lock was not given
  4941 (A) info: making b into a slave...
  4941 (A) debug: giving up: the lock was not given
  5139 (B) info: making b into a slave...
  5139 (B) debug: giving up: the lock was not given
  5452 (A) info: making b into a slave...
  5452 (A) debug: giving up: the lock was not given
  5506 (A) info: making b into a slave...
  5506 (A) debug: giving up: the lock was not given
  5866 (B) info: making b into a slave...
  5866 (B) debug: giving up: the lock was not given
  6393 (A) info: making b into a slave...
  6393 (A) debug: giving up: the lock was not given
  6423 (B) info: making b into a slave...
  6423 (B) debug: giving up: the lock was not given
  6613 (A) info: making b into a slave...
  6613 (A) debug: giving up: the lock was not given
a: master, epoch 1, 210 keys
b: replica of a, linked, epoch 1, 210 keys
c: master, epoch 2, 1741 keys
d: replica of c, linked, epoch 2, 1741 keys
e: replica of c, linked, epoch 2, 1741 keys
A: ready, uses c, epoch 2
B: ready, uses c, epoch 2
