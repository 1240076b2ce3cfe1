"""Where a bridge is found, and who may come in.

access    the file that says where it listens and which token it asks for
private   what only this user may read
pairing   panels let in by six words and the painter's yes
stuck     a bridge that runs and does not answer
"""
