# 100 is more than 99. c stopped early with an opcounter of two digits, b has three: b it is, though
# as strings "99" is the higher one.
world nodes=3 clients=1 writes=5ms seed=3
start
await 1s settled
cut c a,b
advance 400ms
expect A writes
writes_off A
advance 500ms
kill a
heal
await 2s master b
expect lost 0
