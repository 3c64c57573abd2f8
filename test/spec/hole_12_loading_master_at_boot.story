# Everything reboots before the group ever had an epoch: the node with the data loads for long, the
# empty ones are up at once. "Fresh" needs all of them to answer, and none to be loading.
world nodes=3 clients=1
loads a 20s
data a 1000
start
advance 15s
expect promotions 0
expect a keys 1000
await 10s settled
expect A master a
expect b keys 1000
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) warning: looking for master: no group yet, a node is still loading its data
 20095 (A) warning: invalid master count: 0
 20095 (A) info: attempting failover!
 20095 (A) info: my failover id: <id 1>
 20095 (A) info: lock was a success!
 20096 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
 20096 (A) debug: defaulting to master as subSlave
 20096 (A) info: ready, using a as master
 20096 (A) info: publishing gossip:master for a
 20096 (A) info: making b into a slave...
 20096 (A) info: making c into a slave...
 20096 (A) info: b is slave
 20096 (A) info: c is slave
a: master, epoch 1, 1000 keys
b: replica of a, linked, epoch 1, 1000 keys
c: replica of a, linked, epoch 1, 1000 keys
A: ready, uses a, epoch 1
