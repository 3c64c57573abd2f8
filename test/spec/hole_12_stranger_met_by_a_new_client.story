# A replica copies a stranger on its master's address, and the client has just been started: the look that
# it learnt our group from is the one that showed the replica with our record. It used not to count, so the
# copy was elected, and the stranger's data overwritten (invariant 12, seed 23531).
world nodes=3 clients=1 writes=12964us queue=8
start a empty
start b empty
start c empty
start A
advance 2s
stop a
advance 5s
try continue a
advance 400ms
stop a
restart A
try kill c
kill b
foreign b 100
advance 2730ms
peace
settle 40s
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) warning: invalid master count: 0
     0 (A) info: attempting failover!
     0 (A) info: my failover id: <id 1>
     0 (A) info: lock was a success!
     1 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
     1 (A) debug: defaulting to master as subSlave
     1 (A) info: ready, using a as master
     1 (A) info: publishing gossip:master for a
     1 (A) info: making b into a slave...
     1 (A) info: making c into a slave...
     2 (A) info: b is slave
     2 (A) info: c is slave
    78 (A) info: renegotating subSlave away from master
    78 (A) info: subSlave is now c
  2858 (A) warning: MASTER is down! (a)
  2858 (A) info: orientating (silent, 2/3 nodes up) ...
  2858 (A) tells: a: silent
  2991 (A) warning: invalid master count: 0
  2991 (A) info: attempting failover!
  2991 (A) info: my failover id: <id 2>
  2991 (A) info: lock was a success!
  2993 (A) info: b had highest opcounter (159) of 2 nodes. congrats!
  2994 (A) debug: still using c as subSlave
  2994 (A) info: ready, using b as master
  2994 (A) info: publishing gossip:master for b
  2994 (A) info: making c into a slave...
  2994 (A) info: c is slave
  7000 (A) info: a is up
  7000 (A) warning: a has 8 writes that nobody else has
  7000 (A) tells: a has 8 writes that nobody else has: they are dropped
  7000 (A) warning: master conflict detected
  7000 (A) info: making a into a slave...
  7000 (A) info: a is slave
  7400 (A) info: b is up
  7900 (A) warning: looking for master: no group yet, waiting for every node to answer
 10130 (A) info: a is up
 10130 (A) warning: b holds data of another group: leaving it alone
 10130 (A) tells: b holds 100 keys that are not this group's: it is left alone
 10130 (A) warning: too few nodes of this group answer and are loaded
 10152 (A) info: c is up
 10152 (A) warning: invalid master count: 0
 10152 (A) info: attempting failover!
 10152 (A) info: my failover id: <id 3>
 10152 (A) info: lock was a success!
 10153 (A) info: giving up: every sealed node restarted and may miss data
 10176 (A) warning: a has copied data of another group
 10176 (A) tells: a has copied 100 keys of another group from an address of ours, and lost what it had: only passwords (requirepass, masterauth) prevent that
 10176 (A) warning: of the nodes that answer none is known to have all data
 13200 (A) tells: no master: of the nodes that answer none is known to have all data; haredis status shows the nodes, haredis takeover picks one
 25150 (A) warning: too few nodes of this group answer and are loaded
 25150 (A) warning: invalid master count: 0
 25150 (A) info: attempting failover!
 25150 (A) info: my failover id: <id 4>
 25150 (A) info: lock was a success!
 25151 (A) info: c had highest opcounter (495) of 3 nodes. congrats!
 25151 (A) debug: defaulting to master as subSlave
 25151 (A) info: ready, using c as master
 25151 (A) info: publishing gossip:master for c
 25151 (A) info: making a into a slave...
 25151 (A) info: making b into a slave...
 25152 (A) info: a is slave
 25152 (A) info: b is slave
 25200 (A) info: renegotating subSlave away from master
 25200 (A) info: subSlave is now a
a: replica of c, linked, epoch 4, 585 keys
b: replica of c, linked, epoch 4, 585 keys
c: master, epoch 4, 585 keys
A: ready, uses c, epoch 4
