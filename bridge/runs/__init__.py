"""What clients ask for, and what becomes of it.

session    commands in, events out
queue      runs that wait: which is next, and for whom
painter    one worker at work on them
refiner    full pictures of what is painted, while a worker has nothing else to do
endings    how runs end
planning   what is known of a run before a worker sees it
live       streams of frames
pictures   pictures of stored steps
listener   a client's place in the stream of events
watching   whether the store still lies where it was opened
"""
