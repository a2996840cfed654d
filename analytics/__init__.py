"""What is computed on a view: matching, communities, flags."""
