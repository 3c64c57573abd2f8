# A node that lets us in and shows nothing (missing rights) is said once, asked rarely, and is no majority.
world nodes=3 clients=1 writes=5ms
no_rights c
start
advance 2s
expect promotions 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) warning: c refuses to be looked at
     0 (A) tells: c refuses to be looked at: has our user the rights to INFO and to our keys?
    20 (A) warning: looking for master: no group yet, waiting for every node to answer
a: master, no record, 0 keys
b: master, no record, 0 keys
c: master, no record, 0 keys
A: no master
