# Inside one history the offset decides, not the opcounter that lags it, and not the name: c has
# what b has not yet read.
world nodes=3 clients=1 writes=2ms
start
await 1s settled
advance 500ms
cut b a
advance 20ms
writes_off A
advance 5ms
cut c a
kill a
heal b c
heal A b
await 2s master c
expect lost 0
