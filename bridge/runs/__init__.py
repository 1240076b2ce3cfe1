"""What clients ask for, and what becomes of it.

session    commands in, events out
painter    runs that wait, painted one after the other
live       streams of frames
pictures   pictures of stored steps
listener   a client's place in the stream of events
watching   whether the store still lies where it was opened
"""
