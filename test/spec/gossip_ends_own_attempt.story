# Thirty-two clients, one dead master: one promotion, and everybody writes again at once.
world nodes=3 clients=32 writes=20ms
start
await 2s settled
advance 500ms
mark
kill a
await 50ms master b
expect promotions 1
