"""The command line, a module per command: `add_to` names its options, `run` does it.

run, rewind, live, show, serve, pair, doctor   the commands
line            what is typed, obeyed; what went wrong, said
stopping        Ctrl-C, heard once
recipes         the options that make a recipe, shared by run and rewind
run_request     what run and live are to paint: options, the files they name, the recipe of it all
modes           ways of going on from an old step, and which options do something in which
regions         regions from options or a palette; region_layers finds them in a PSD
palette         a painter's brushes, their background and a seed, as one JSON file
texts, worded   JSON as people's programs save it, and what is wrong with a field, in words
layouts         where a palette's brushes are, as a picture in their colours
files           pictures, PSD layers and masks from files
places          files as people name them, and their bytes
notices         what is to be said of a file that was read
masks           those under which nothing would be seen to change
outputs         results to files, looked at before anything is painted
replacing       files that must not be replaced unasked
saving          what was painted, as files
amounts         numbers as options have them
field_options   options that are fields of a recipe as they are
wording         what argparse says, in a painter's words
marks           pictures that commands wrote, known again
printing        what is printed: harmless, in any encoding
progress        what a command says while it works: a bar, or one JSON object per event
asking          the question in the bridge's terminal, whether a panel shall be let in
connection      a running bridge, or one of our own for as long as a command takes
gather          a finished run with its pictures
located_step    the step of a document that is gone on from
replay          old steps that the store has, and those that must be painted again
edits           what was painted on a step, told from what was done to the whole file
edit_files      the same in a file of its own; limits says how much is none
"""
