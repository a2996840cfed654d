"""Reading what agencies deliver: case packages, readers, mapping."""
