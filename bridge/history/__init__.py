"""What Pentimento leaves in a document, finds there, and shows of it.

history      runs, steps, and which layers were painted on since
run_layers   what is written into a document: a group per run, a layer per step
names        what those are called, and the way back from a name
contents     what the layers of an open document say, for the panel
replay       what has to be painted again of a run that the store lost
claims       whose a layer is
seen         what is seen of it
whole        what became of all of a run's layers together
likeness     paint, told from what conversion and losses do by themselves
sheet        every step of every line, side by side
"""
