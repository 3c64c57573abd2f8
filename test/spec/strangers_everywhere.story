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
   522 (A) warning: invalid master count: 0
   522 (A) info: attempting failover!
   522 (A) info: my failover id: <id 2>
   522 (A) info: giving up: no node may be locked
   539 (A) warning: invalid master count: 0
   539 (A) info: attempting failover!
   539 (A) info: my failover id: <id 3>
   539 (A) info: giving up: no node may be locked
   548 (A) warning: invalid master count: 0
   548 (A) info: attempting failover!
   548 (A) info: my failover id: <id 4>
   548 (A) info: giving up: no node may be locked
   569 (A) warning: invalid master count: 0
   569 (A) info: attempting failover!
   569 (A) info: my failover id: <id 5>
   569 (A) info: giving up: no node may be locked
   712 (A) warning: invalid master count: 0
   712 (A) info: attempting failover!
   712 (A) info: my failover id: <id 6>
   712 (A) info: giving up: no node may be locked
  1020 (A) warning: invalid master count: 0
  1020 (A) info: attempting failover!
  1020 (A) info: my failover id: <id 7>
  1020 (A) info: giving up: no node may be locked
  1295 (A) warning: invalid master count: 0
  1295 (A) info: attempting failover!
  1295 (A) info: my failover id: <id 8>
  1295 (A) info: giving up: no node may be locked
  1649 (A) warning: invalid master count: 0
  1649 (A) info: attempting failover!
  1649 (A) info: my failover id: <id 9>
  1649 (A) info: giving up: no node may be locked
  1649 (A) tells: no master after 8 attempts: no node may be locked; haredis status shows the nodes, haredis takeover picks one
  1829 (A) warning: invalid master count: 0
  1829 (A) info: attempting failover!
  1829 (A) info: my failover id: <id 10>
  1829 (A) info: giving up: no node may be locked
  2523 (A) warning: invalid master count: 0
  2523 (A) info: attempting failover!
  2523 (A) info: my failover id: <id 11>
  2523 (A) info: giving up: no node may be locked
  2792 (A) warning: invalid master count: 0
  2792 (A) info: attempting failover!
  2792 (A) info: my failover id: <id 12>
  2792 (A) info: giving up: no node may be locked
  2946 (A) warning: invalid master count: 0
  2946 (A) info: attempting failover!
  2946 (A) info: my failover id: <id 13>
  2946 (A) info: giving up: no node may be locked
  3047 (A) warning: invalid master count: 0
  3047 (A) info: attempting failover!
  3047 (A) info: my failover id: <id 14>
  3047 (A) info: giving up: no node may be locked
a: master, no record, 5 keys
b: master, no record, 6 keys
c: down
A: no master
