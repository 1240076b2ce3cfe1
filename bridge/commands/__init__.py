"""The command line, a module per command: `add_to` names its options, `run` does it.

line       what is typed, obeyed; what went wrong, said
stopping   Ctrl-C, heard once
recipes    the options that make a recipe, shared by run and rewind
files      pictures, PSD layers and masks from files
places     files as people name them, and their bytes
layouts    where a palette's brushes are, as a picture in their colours
masks      those under which nothing would be seen to change
outputs    results to files, looked at before anything is painted
amounts    numbers as options have them
wording    what argparse says, in a painter's words
marks      pictures that commands wrote, known again
printing   what is printed: harmless, in any encoding
asking     the question in the bridge's terminal, whether a panel shall be let in
reach      a running bridge, or one of our own for as long as a command takes
progress   what a command says while it works: a bar, or one JSON object per event
place      the step of a document that is gone on from
edits      what was painted on it, told from what was done to the whole file
gather     a finished run with its pictures
"""
