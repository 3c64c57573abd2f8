# Three fresh servers, nothing configured. All must answer before anybody is elected; then the first
# of the list is master, and every node is made to start sealed from the first minute.
world nodes=3 clients=1 writes=5ms
start a b A
advance 2s
expect master none
expect promotions 0

start c
await 1s settled
expect master a
expect promotions 1
expect a starts_sealed
expect b starts_sealed
expect c starts_sealed
