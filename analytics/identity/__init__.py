"""Who is the same person or organisation: candidates, features, score, clusters, each a step of its own."""
