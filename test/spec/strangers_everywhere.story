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
   533 (A) warning: invalid master count: 0
   533 (A) info: attempting failover!
   533 (A) info: my failover id: <id 3>
   533 (A) info: giving up: no node may be locked
   557 (A) warning: invalid master count: 0
   557 (A) info: attempting failover!
   557 (A) info: my failover id: <id 4>
   557 (A) info: giving up: no node may be locked
   604 (A) warning: invalid master count: 0
   604 (A) info: attempting failover!
   604 (A) info: my failover id: <id 5>
   604 (A) info: giving up: no node may be locked
   692 (A) warning: invalid master count: 0
   692 (A) info: attempting failover!
   692 (A) info: my failover id: <id 6>
   692 (A) info: giving up: no node may be locked
   963 (A) warning: invalid master count: 0
   963 (A) info: attempting failover!
   963 (A) info: my failover id: <id 7>
   963 (A) info: giving up: no node may be locked
  1046 (A) warning: invalid master count: 0
  1046 (A) info: attempting failover!
  1046 (A) info: my failover id: <id 8>
  1046 (A) info: giving up: no node may be locked
  1511 (A) warning: invalid master count: 0
  1511 (A) info: attempting failover!
  1511 (A) info: my failover id: <id 9>
  1511 (A) info: giving up: no node may be locked
  1511 (A) tells: no master after 8 attempts: no node may be locked; haredis status shows the nodes, haredis takeover picks one
  2170 (A) warning: invalid master count: 0
  2170 (A) info: attempting failover!
  2170 (A) info: my failover id: <id 10>
  2170 (A) info: giving up: no node may be locked
  2583 (A) warning: invalid master count: 0
  2583 (A) info: attempting failover!
  2583 (A) info: my failover id: <id 11>
  2583 (A) info: giving up: no node may be locked
  2716 (A) warning: invalid master count: 0
  2716 (A) info: attempting failover!
  2716 (A) info: my failover id: <id 12>
  2716 (A) info: giving up: no node may be locked
  2826 (A) warning: invalid master count: 0
  2826 (A) info: attempting failover!
  2826 (A) info: my failover id: <id 13>
  2826 (A) info: giving up: no node may be locked
a: master, no record, 5 keys
b: master, no record, 6 keys
c: down
A: no master
