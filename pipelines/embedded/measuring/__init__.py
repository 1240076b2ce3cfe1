"""How good the pictures are.

judge           a small network that says what a picture shows, trained on renders only
colour_reader   the same by colours alone, with no network
quality         attributes followed, and the distance to renders
fidelity        whether regions contain what their prompts say
card            the model card: every figure measured here and now
"""
