"""Custom components, each behind one adapter."""
