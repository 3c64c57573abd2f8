# All three addresses belong to somebody else's servers now: there is nothing here that this client
# may touch.
world nodes=3 clients=1
start
await 1s settled
kill a
kill b
kill c
foreign a 5
foreign b 6
advance 3s
expect promotions 1
expect a keys 5
expect b keys 6
expect A pause no_master
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
   522 (A) warning: MASTER is down! (a)
   522 (A) info: orientating (connection lost, 2/3 nodes up) ...
   522 (A) tells: a: connection lost
   522 (A) info: c is down (refused)
   522 (A) warning: a holds data of another group: leaving it alone
   522 (A) tells: a holds 5 keys that are not this group's: it is left alone
   522 (A) warning: b holds data of another group: leaving it alone
   522 (A) tells: b holds 6 keys that are not this group's: it is left alone
   522 (A) warning: too few nodes of this group answer and are loaded
a: master, no record, 5 keys
b: master, no record, 6 keys
c: down
A: no master
