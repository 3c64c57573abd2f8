# A stranger's FLUSHALL has reached b when both others die. c, which has no file that it could rewrite, is
# back as a master of its own from a file without that, and with the counter that the FLUSHALL took away. But
# it has nothing that b has not, so it is not elected (invariant 8, seeds 64643 and 82886).
world nodes=3 clients=1 txns=107997us
start a empty
start b empty
start c empty
no_file c
start A
advance 200ms
flushall a within_promise
restart c kept within_promise
restart a older within_promise
peace
settle 40s
expect A master b
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
     2 (A) warning: c has no configuration file that it can rewrite: it would not start sealed
     2 (A) tells: c would not start sealed: start it with a file that it can rewrite; durability = quorum is refused until then
    78 (A) info: renegotating subSlave away from master
    78 (A) info: subSlave is now c
   200 (A) warning: MASTER is down! (a)
   200 (A) info: orientating (connection lost, 1/3 nodes up) ...
   200 (A) tells: a: connection lost
   200 (A) warning: invalid master count: 0
   200 (A) info: attempting failover!
   200 (A) info: my failover id: <id 2>
   200 (A) info: lock was a success!
   201 (A) info: b had highest opcounter (0) of 3 nodes. congrats!
   201 (A) debug: still using c as subSlave
   201 (A) info: ready, using b as master
   201 (A) info: publishing gossip:master for b
   201 (A) info: making a into a slave...
   201 (A) info: making c into a slave...
   202 (A) info: a is slave
   202 (A) info: c is slave
   202 (A) warning: c has no configuration file that it can rewrite: it would not start sealed
   202 (A) tells: c would not start sealed: start it with a file that it can rewrite; durability = quorum is refused until then
a: replica of b, linked, epoch 2, 9 keys
b: master, epoch 2, 9 keys
c: replica of b, linked, epoch 2, 9 keys
A: ready, uses b, epoch 2
