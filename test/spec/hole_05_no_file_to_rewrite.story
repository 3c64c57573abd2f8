# A node without a file that can be rewritten would come up as it was started. It is named in a
# warning, and durable writes are refused while it is like that.
world nodes=3 clients=1 writes=5ms durable
no_file c
start
await 1s master a
advance 2s
expect A not_durable
expect A silent
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) warning: c has no configuration file that it can rewrite: it would not start sealed
   501 (A) tells: c would not start sealed: start it with a file that it can rewrite; durability = quorum is refused until then
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, 0 keys
c: replica of a, linked, epoch 1, 0 keys
A: ready, uses a, epoch 1
