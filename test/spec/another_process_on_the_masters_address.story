# The master was started anew, from an older file, behind a cut that kept its end from the client's control
# link. A link for reads was dialled again, and what answered there was read as the master: without a write
# of the client's own (invariant 16, seed 479592). It is read when it is the elected process that answers.
world nodes=3 clients=1 down_after=100ms retransmit=63968us txns=61512us replica_reads=13439us
start a empty
start b empty
start c empty
start A
advance 100ms
stop a
advance 150ms
cut A b
restart b older within_promise
advance 1ms
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
    30 (A) info: renegotating subSlave away from master
    30 (A) info: subSlave is now b
   193 (A) warning: MASTER is down! (a)
   193 (A) info: orientating (silent, 2/3 nodes up) ...
   193 (A) tells: a: silent
   193 (A) warning: invalid master count: 0
   193 (A) info: attempting failover!
   193 (A) info: my failover id: <id 2>
   193 (A) info: lock was a success!
   195 (A) info: b had highest opcounter (1) of 2 nodes. congrats!
   196 (A) debug: defaulting to master as subSlave
   196 (A) info: ready, using b as master
   196 (A) info: publishing gossip:master for b
   196 (A) info: making c into a slave...
   196 (A) info: c is slave
   200 (A) info: renegotating subSlave away from master
   200 (A) info: subSlave is now c
   251 (A) info: a is up
   251 (A) warning: master conflict detected
   251 (A) info: making a into a slave...
   251 (A) info: a is slave
   314 (A) warning: MASTER is down! (b)
   314 (A) info: orientating (connection lost, 2/3 nodes up) ...
   314 (A) tells: b: connection lost
   314 (A) warning: invalid master count: 0
   314 (A) info: attempting failover!
   314 (A) info: my failover id: <id 3>
   314 (A) info: lock was a success!
   315 (A) info: c had highest opcounter (1) of 3 nodes. congrats!
   315 (A) debug: defaulting to master as subSlave
   315 (A) info: ready, using c as master
   315 (A) info: publishing gossip:master for c
   315 (A) info: making a into a slave...
   315 (A) info: making b into a slave...
   316 (A) info: a is slave
   316 (A) info: b is slave
   339 (A) info: renegotating subSlave away from master
   339 (A) info: subSlave is now a
a: replica of c, linked, epoch 3, 6 keys
b: replica of c, linked, epoch 3, 6 keys
c: master, epoch 3, 6 keys
A: ready, uses c, epoch 3
