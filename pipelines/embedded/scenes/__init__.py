"""What can be in a picture, painted and told.

scene       the tables of attributes, and scenes drawn from them
palettes    in which colours
renderer    paints a scene
canvas      what it paints on
landscape, grounds, things, details   the painters of far and near
finish      the medium
captions    wordings, always true of the picture
words       what things are called
prompts     the fixed ones of the contact sheet
"""
