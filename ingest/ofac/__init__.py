"""The SDN list of the US Treasury's Office of Foreign Assets Control, in its legacy form of three headerless CSV
files."""
